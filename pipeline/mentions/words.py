"""Words that tell what a name is: titles, offices, heads of the names of bodies and laws."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# Words that stand before a person's name and are not part of it. Royal and religious titles that replace a surname
# ("King Abdullah", "Pope Francis") are left on purpose.
TITLES = words(
    """
    mr mrs ms miss dr prof professor emeritus sir madam hon rev reverend fr sgt sergeant cpl lt lieutenant capt captain
    col colonel maj major gen general brig brigadier adm admiral commander cmdr marshal sen senator rep representative
    gov governor lieutenant-governor president vice-president premier prime minister deputy acting former ex-president
    secretary undersecretary under-secretary foreign defense defence interior finance home chancellor ambassador envoy
    spokesman spokeswoman spokesperson chairman chairwoman chair chief director officer inspector detective constable
    judge justice attorney lawyer coach mayor councillor councilman councilwoman congressman congresswoman mp mep
    ayatollah hojatoleslam hojjatoleslam sheikh sayyed imam-elect analyst author actor actress singer professor
    executive ceo founder owner editor reporter correspondent journalist economist historian scientist speaker whip
    nominee candidate presidential rival frontrunner challenger commissioner administrator superintendent sheriff
    secretary-general pastor bishop archbishop cardinal rabbi imam pvt corporal trooper
    """
)
# Titles that stay with one name alone ("Prince Harry", "King Abdullah II") and go before two ("Mohammed bin Salman").
ROYAL = words("crown prince princess king queen emir sultan")
# Words at the head of a sentence that a model takes into a name.
OPENING = words(
    """
    about above after against although among and around as at because before behind below but by despite during for
    from if in inside into like near of off on once or out over per since so than though through to toward towards
    under unless until upon versus via when where whether while with within without yet meanwhile however
    """
)
# Nouns that say which person is meant, by office or work. The value is the group: nouns of one group may stand for
# each other ("the defense chief" is the defense minister).
OFFICES = {
    noun: group
    for group, nouns in {
        "head": "minister secretary chief head boss leader commander director chairman chairwoman chair chairperson "
        "chancellor general premier undersecretary czar",
        "president": "president",
        "spokesperson": "spokesman spokeswoman spokesperson",
        "diplomat": "diplomat ambassador envoy negotiator",
        "lawmaker": "lawmaker senator congressman congresswoman legislator parliamentarian mp deputy representative",
        "mayor": "mayor",
        "governor": "governor",
        "judge": "judge justice magistrate",
        "lawyer": "lawyer attorney prosecutor solicitor counsel",
        "scholar": "professor researcher scientist economist analyst historian expert academic",
        "writer": "author writer journalist reporter editor columnist novelist",
        "executive": "executive ceo founder owner",
        "officer": "officer sheriff detective inspector superintendent captain sergeant",
        "clergy": "cleric bishop archbishop priest pastor imam ayatollah pope rabbi",
        "artist": "actor actress singer director filmmaker musician artist photographer designer",
        "sport": "coach player striker goalkeeper captain manager quarterback pitcher",
        "doctor": "doctor physician surgeon",
        "official": "official politician candidate activist",
        "monarch": "king queen prince princess emir sultan",
    }.items()
    for noun in nouns.split()
}
# "The chief Russian diplomat" is the foreign minister; so are these.
DIPLOMATIC = frozenset({"foreign"})
MALE = words("mr sir lord king prince spokesman chairman congressman councilman actor father brother son")
FEMALE = words(
    "mrs ms miss madam lady queen princess spokeswoman chairwoman congresswoman councilwoman actress mother sister "
    "daughter"
)
# Given names that tell he from she (U.S. Social Security Administration, most frequent names 1923-2022; those given to
# both are left out). What a title or a pronoun says goes before them.
MALE_NAMES = words(
    """
    james robert john michael david william richard joseph thomas christopher charles daniel matthew anthony mark donald
    steven andrew paul joshua kenneth kevin brian timothy ronald george jason edward jeffrey jacob nicholas gary eric
    jonathan stephen larry justin scott brandon benjamin samuel gregory alexander patrick frank raymond jack dennis
    jerry tyler aaron jose adam nathan henry zachary douglas peter kyle noah ethan jeremy walter christian keith roger
    austin sean gerald carl harold dylan arthur lawrence bryan joe billy bruce ralph bill bernie ted barack joel mike
    jim tom bob steve dan jeff tim ben hassan mohammad mohammed muhammad ahmed ali hussein sergei sergey vladimir
    dmitry ivan boris emmanuel
    """
)
FEMALE_NAMES = words(
    """
    mary patricia jennifer linda elizabeth barbara susan jessica karen sarah lisa nancy sandra betty ashley emily
    kimberly margaret donna michelle carol amanda melissa deborah stephanie rebecca sharon laura cynthia dorothy amy
    kathleen angela shirley emma brenda pamela nicole anna samantha katherine christine helen debra rachel carolyn janet
    maria catherine heather diane olivia julie joyce victoria ruth virginia lauren kelly christina joan evelyn judith
    andrea hannah megan cheryl jacqueline martha madison teresa gloria sara janice ann kathryn abigail sophia frances
    jean alice judy isabella julia grace amber denise danielle marilyn beverly charlotte natalie theresa diana brittany
    doris kayla alexis lori marie hillary ursula fatima aisha zainab maryam svetlana olga tatiana natalia
    """
)
# Last words of the names of bodies.
BODY_HEADS = words(
    """
    Ministry Department Parliament Council Committee Commission Agency Authority Administration Assembly Senate
    Congress Cabinet Office Bureau Court Army Navy Police Embassy Organization Organisation Association Federation
    Union University Institute Institution College School Foundation Company Corporation Corp Inc Ltd Bank Party
    Coalition Front Movement Group Society League Club Team Agency Network Times Post Herald Tribune Journal News Daily
    Weekly Magazine Hospital Church Center Centre Airlines Airways Force Forces Guard Guards Corps Brigade Service
    Services Board Fund Trust Alliance Conference Chamber Industries Holdings Press Radio Television TV Org Gazette Wire
    Chronicle Examiner Inquirer Telegraph Newswire
    """
)
# First words of the names of bodies, before "of".
BODY_STARTS = words(
    "Municipality University Ministry Church Bank Department Institute Union Council Association League Federation "
    "Society College Office Bureau Board House Court Confederation Organization Organisation Order"
)
# "Minister of Education": what follows is a word of the office, not a body.
PORTFOLIO_BEFORE = words("minister secretary undersecretary commissioner department")
# Words of play. Eight different ones make a match report.
SPORT = words(
    """
    goal goals match matches striker midfielder goalkeeper defender penalty kick referee half-time halftime fixture
    stadium scored scorer tournament qualifier semifinal semi-final quarterfinal quarter-final championship league cup
    coach squad innings wicket batsman bowler touchdown quarterback playoff medal medals athlete athletes team teams
    win defeat draw offside header foul corner free-kick substituted minute assist ball score
    """
)
# A ministry that a country owns is one body with it: "Iran's Foreign Ministry".
OWNED_HEADS = frozenset({"Ministry", "Parliament"})
# Weapons and vehicles of war: a name in capitals right before one of these nouns is a product.
ARMS = words(
    """
    missile missiles rocket rockets launcher launchers battery batteries tank tanks jet jets fighter fighters bomber
    bombers drone drones helicopter helicopters warplane warplanes aircraft howitzer howitzers interceptor interceptors
    submarine submarines frigate frigates destroyer destroyers torpedo torpedoes rifle rifles radar radars warship
    warships icbm icbms uav uavs
    """
)
# Words between a weapon's name and the noun: "S-400 air defense missile", "Javelin anti-tank missiles".
ARMS_KINDS = words(
    """
    anti surface to long short medium intermediate range multiple launch nuclear powered
    air anti-aircraft anti-tank anti-ship ballistic cruise surface-to-air air-to-air defense defence stealth combat
    attack battle main guided fighter rocket missile long-range short-range medium-range intermediate-range
    intercontinental hypersonic kamikaze surveillance reconnaissance nuclear-powered multiple-launch light heavy
    strike multirole assault sniper machine suicide armed
    """
)
# Last words of the names of laws and agreements.
LAW_HEADS = words(
    """
    Act Treaty Convention Agreement Accord Accords Protocol Charter Constitution Licence License Directive Pact
    Declaration Covenant Statute Amendment Code
    """
)
# A common noun here after a person's or an office's name makes a body of it ("the Trump administration").
GOVERNING = frozenset({"administration"})
# Verbs of will and speech: a capital that is their subject stands for its government.
WILL = words(
    """
    accuse accused accuses agree agreed agrees announce announced announces argue argued argues ask asked asks call
    called calls claim claimed claims condemn condemned condemns consider considered considers decide decided decides
    demand demanded demands deny denied denies express expressed expresses hope hoped hopes impose imposed imposes
    insist insisted insists intend intended intends issue issued issues maintain maintained maintains oppose opposed
    opposes plan planned plans pledge pledged pledges promise promised promises propose proposed proposes refuse
    refused refuses reject rejected rejects reply replied replies respond responded responds said say says seek seeks
    sought sign signed signs support supported supports threaten threatened threatens urge urged urges want wanted
    wants warn warned warns withdraw withdrew withdraws
    """
)
# A country's name that is often a person's: the model decides.
AMBIGUOUS = frozenset({"georgia", "jordan", "chad", "jersey", "guinea", "israel", "dominica", "cyprus", "cuba"})
# Capitals that are as often somebody's name.
AMBIGUOUS_CAPITALS = words("hamilton stanley victoria sofia kingston paris douglas washington lima")
