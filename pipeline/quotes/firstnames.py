"""First names that tell he from she, as data."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MALE = _words(
    """
    aaron abdul abdullah abdel abraham adam adel ahmad ahmed akbar alan albert alberto alejandro alexander alexei alfred
    ali allen amir amit anatoly anders andre andreas andrei andrew andrzej andy angelo anthony anton antonio antony
    arthur ashraf austin baker barack barry bashar ben benjamin benny bernard bernie bill billy bob bobby boris brad
    bradley brandon brendan brent brett brian bruce bryan carl carlos chad charles charlie chuck chris christian
    christopher clarence clark claude clint cody colin corey craig cyril dale damian dan daniel danny darren darryl
    dave david dean dennis derek dick diego dmitri dmitry dominic don donald doug douglas duncan dwight earl ed eddie
    edgar eduardo edward edwin elijah eliot emmanuel enrique eric erik ernest ethan eugene evan evo fadi farid felix
    fernando floyd francisco francois frank franklin fred frederick gabriel gareth gary gavin gene geoffrey george
    gerald gerard gerhard giovanni giuseppe glenn gordon graham grant greg gregory guy hamid hans harold harry harvey
    hassan henry herbert herman hossein howard hugh hugo hussein ian ibrahim igor imran isaac ivan jack jacob jacques
    jaime jake james jan jared jason javad javier jeff jeffrey jeremy jerome jerry jesse jesus jim jimmy joaquin joe
    joel
    johan john johnny jon jonathan jorge jose joseph josh joshua juan julian julio justin karl keith ken kenneth kevin
    khaled khalid kyle larry lars laurence lawrence lee leo leon leonard leonid lloyd lou louis lucas
    luis luke mahmoud malcolm manuel marc marcel marco marcus mario mark marshall martin marvin matt matthew matthias
    maurice
    max michael michel miguel mike mikhail mitch mitt mohamed mohammad mohammed moshe muhammad mustafa narendra nathan
    neil newt nicholas nick nicolas nigel nikolai noah norman oliver omar orlando oscar osama otto owen pablo patrick
    paul pavel pedro peter phil philip philippe pierre rafael rahul raj ralph ramon randy raul ray raymond recep reza
    ricardo richard rick robert roberto rodney rodrigo roger roland roman ron ronald rory roy rudy rupert russell ryan
    saeed said salman sam samuel scott sean sebastian seth sergei sergey sergio seyed shaun simon stanley stefan
    stephen steve steven stewart stuart tariq ted terrence theodore thomas tim timothy toby todd tom tommy tony
    travis trevor tyler vernon victor viktor vincent vitaly vladimir volodymyr walter warren wayne wesley will william
    wolfgang xavier yair yitzhak yuri yusuf zachary
    """
)
FEMALE = _words(
    """
    abigail agnes aisha alexandra alice alicia alison allison amanda amber amelia amy ana andrea angela angelina anita
    ann anna anne annie april arlene ashley audrey aung barbara beatrice becky bernadette beth bethany betsy betty
    beverly bonnie brenda bridget brittany camilla candace carla carly carmen carol carole caroline carolyn carrie
    catherine cathy cecilia charlene charlotte chelsea cheryl christina christine cindy claire clara claudia colleen
    condoleezza connie courtney cristina crystal cynthia dana danielle dawn debbie deborah debra denise diana diane
    dianne dolores donna doris dorothy edith eileen elaine eleanor elena eleni elizabeth ella ellen emily emma erica
    erin esther eva evelyn fatima fatemeh federica fiona florence frances gabriela gail gina ginny gloria grace greta
    gretchen gwen hannah heather heidi helen helena hilary hillary holly huma ida ilhan indira ingrid irene irina iris
    isabel isabella ivanka jacinda jackie jacqueline jane janet janice jasmine jean jeanne jenna jennifer jenny jessica
    jill jillian joan joann joanna joanne jocelyn josephine joy joyce juanita judith judy julia juliana julie june
    kaitlyn kamala karen kate katherine kathleen kathryn kathy katie kayla kelly kellyanne kelsey kim kimberly kirsten
    kristen kristin laura lauren laurie leah leila leslie leticia lillian linda lisa liz lois loretta lori louise lucia
    lucy luisa lydia lynn madeleine madison maggie margaret maria marianne marie marilyn marina marine marjorie marsha
    martha mary maureen maria megan meghan melania melanie melissa mercedes meredith mia michele michelle mildred
    miriam molly monica nadia nancy naomi natalia natalie natasha nicole nikki nina nora olga olivia pamela patricia
    patty paula peggy penny phyllis priscilla priti rachel rania rebecca regina renee rhonda rita roberta rosa rose
    rosemary ruth sabrina sally samantha sandra sara sarah selena shannon sharon sheila shelly sherry sheryl shirley
    silvia simone sofia sonia sophia sophie stacey stacy stella stephanie sue summer susan suzanne svetlana sylvia
    tamara tammy tanya tara tatiana teresa thelma theresa tiffany tina tracy tulsi ursula valerie vanessa vera veronica
    vicki victoria violet virginia vivian wanda wendy whitney yolanda yulia yvette yvonne zainab zoe
    """
)
