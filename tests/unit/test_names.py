"""Each kind of name, in sentences of our own: one reading of the model for all of them."""

from __future__ import annotations

from functools import cache

import pytest

from pipeline.mentions import mentions
from pipeline.parses import parses
from pipeline.sentences import split

WEAPONS = (
    ("Turkey bought the S-400 missile defense system from Russia.", "S-400"),
    ("Poland asked for two Patriot batteries and more radars.", "Patriot"),
    ("Israel will receive fifty F-35 fighter jets by 2027.", "F-35"),
    ("Seoul deployed THAAD in the south of the country.", "THAAD"),
    ("Russia moved Iskander-M ballistic missiles to Kaliningrad.", "Iskander-M"),
    ("Kyiv received HIMARS rocket launchers in June.", "HIMARS"),
    ("The army lost a Bayraktar TB2 drone near the border.", "Bayraktar TB2"),
    ("Ukraine shot down nine Shahed-136 drones overnight.", "Shahed-136"),
    ("Berlin agreed to send Leopard 2 tanks.", "Leopard 2"),
    ("Two Su-35 jets and a MiG-29 took off.", "Su-35"),
    ("Two Su-35 jets and a MiG-29 took off.", "MiG-29"),
    ("The ship fired Tomahawk cruise missiles at the base.", "Tomahawk"),
    ("Iron Dome intercepted most of the rockets.", "Iron Dome"),
    ("The men carried AK-47 rifles.", "AK-47"),
    ("Norway sent Javelin anti-tank missiles.", "Javelin"),
    ("The T-72 tanks were parked outside.", "T-72"),
    ("The system is known as Bavar-373 and was built in Iran.", "Bavar-373"),
    ("An MQ-9 Reaper drone circled above.", "MQ-9 Reaper"),
    ("Tehran tested the Emad missile in October.", "Emad"),
    ("Pyongyang launched a Hwasong-17 missile.", "Hwasong-17"),
    ("France sold Rafale jets to India.", "Rafale"),
)
LAWS = (
    ("The vote on UN Security Council Resolution 1701 was held.", "UN Security Council Resolution 1701"),
    ("They cited Security Council resolution 2231 again.", "Security Council resolution 2231"),
    ("It breaks UNSC Resolution 2231, he said.", "UNSC Resolution 2231"),
    ("It breaks U.N. Resolution 242, he said.", "U.N. Resolution 242"),
    ("Resolution 2231 (2015) endorsed the deal.", "Resolution 2231 (2015)"),
    ("It is set out in S/RES/2231 (2015) of that year.", "S/RES/2231 (2015)"),
    ("It is set out in S/RES/1701.", "S/RES/1701"),
    (
        "United Nations Security Council Resolutions 1718 and 1874 ban it.",
        "United Nations Security Council Resolutions 1718",
    ),
    ("It violates UNSCR-2231, they said.", "UNSCR-2231"),
    ("It violates UNSCR2231, they said.", "UNSCR2231"),
    ("the UN Security Council's Resolution 1929 was passed.", "UN Security Council's Resolution 1929"),
    ("They adopted Resolution No. 1803 in March.", "Resolution No. 1803"),
    ("Under resolution 1540 of the Security Council, states must act.", "resolution 1540 of the Security Council"),
    ("The U.N. Security Council Resolution 425 was recalled.", "U.N. Security Council Resolution 425"),
    ("UN General Assembly resolution 181 divided the land.", "UN General Assembly resolution 181"),
    ("UN Resolution 338 followed.", "UN Resolution 338"),
    ("The Chemical Weapons Convention bans it.", "Chemical Weapons Convention"),
    ("They signed the Treaty of Lisbon in 2007.", "Treaty of Lisbon"),
    ("The Joint Comprehensive Plan of Action was signed.", "Joint Comprehensive Plan of Action"),
    ("The Paris Agreement sets a goal.", "Paris Agreement"),
    ("The First Amendment protects it.", "First Amendment"),
    ("The Taif Accord ended the war.", "Taif Accord"),
)
BODIES = (
    ("The Ministry of Foreign Affairs of Norway declined.", "Ministry of Foreign Affairs of Norway"),
    ("The Iranian Ministry of Defense said so.", "Iranian Ministry of Defense"),
    ("Russia's Defence Ministry denied it.", "Russia's Defence Ministry"),
    ("The Ministry of Health issued a warning.", "Ministry of Health"),
    ("The Department of Energy funds it.", "Department of Energy"),
    ("The State Duma passed the bill.", "State Duma"),
    ("The Knesset dissolved itself.", "Knesset"),
    ("The Majlis rejected the plan.", "Majlis"),
    ("The Bundestag voted on Friday.", "Bundestag"),
    ("The Norwegian Armed Forces confirmed it.", "Norwegian Armed Forces"),
    ("The Supreme National Security Council met on Sunday.", "Supreme National Security Council"),
    ("The Central Bank of Iran raised rates.", "Central Bank of Iran"),
    ("The Foreign Office summoned the envoy.", "Foreign Office"),
    ("The House of Commons rose early.", "House of Commons"),
    ("The International Court of Justice ruled.", "International Court of Justice"),
    ("The Organization of Islamic Cooperation (OIC) met.", "OIC"),
    ("The Port Workers Union, or PWU, called a strike.", "PWU"),
    ("Chancellor Olaf Scholz told ARD on Sunday.", "ARD"),
    ("He told the newspaper Kommersant on Monday.", "Kommersant"),
    ("Speaking to Al Mayadeen TV, he denied it.", "Al Mayadeen TV"),
)
PEOPLES = (
    ("The Kurds and the Catalans protested.", "Kurds"),
    ("Many Shiites and Sunnis attended.", "Shiites"),
    ("Texans voted early.", "Texans"),
    ("The Turks and the Emiratis signed.", "Emiratis"),
    ("A Dutchman and two Danes were hurt.", "Dutchman"),
    ("Democrats and Republicans agreed.", "Republicans"),
)
PEOPLE = (
    ("Gen. Mark Milley and Lt. Gen. Ana Ruiz spoke.", "Mark Milley"),
    ("Iranian Defense Minister Brigadier General Amir Hatami left.", "Amir Hatami"),
    ("UN Secretary-General António Guterres spoke.", "António Guterres"),
    ("Crown Prince Mohammed bin Salman arrived.", "Mohammed bin Salman"),
    ("Ayatollah Ali Khamenei said so.", "Ali Khamenei"),
    ("Dr. Jane Okoro, MD, disagreed.", "Jane Okoro"),
    ("Ursula von der Leyen warned them.", "Ursula von der Leyen"),
)
# What looks alike and is something else.
NOT_WEAPONS = (
    ("The think tank Harbour View published the report.", "Harbour View"),
    ("He said on Shark Tank that the firm would grow.", "Shark"),
    ("The G-7 met, and COVID-19 rules were eased.", "COVID-19"),
    ("Lena Berg drove a tank in the parade.", "Lena Berg"),
)
KINDS = [
    *((text, name, "PRODUCT") for text, name in WEAPONS),
    *((text, name, "LAW") for text, name in LAWS),
    *((text, name, "ORG") for text, name in BODIES),
    *((text, name, "NORP") for text, name in PEOPLES),
    *((text, name, "PERSON") for text, name in PEOPLE),
]


@cache
def readings() -> dict[str, set[tuple[str, str]]]:
    texts = sorted({text for text, *_ in (*KINDS, *NOT_WEAPONS)})
    sentences = [split(text) for text in texts]
    found = parses(zip(texts, sentences, strict=True))
    return {
        text: {
            (text[m.start : m.end], m.label)
            for m in mentions(text, divided, parse)
            if m.resolution not in ("description", "pronoun")
        }
        for text, divided, parse in zip(texts, sentences, found, strict=True)
    }


@pytest.mark.parametrize(("text", "name", "label"), KINDS)
def test_each_kind_is_found(text: str, name: str, label: str) -> None:
    assert (name, label) in readings()[text]


@pytest.mark.parametrize(("text", "name"), NOT_WEAPONS)
def test_what_is_no_weapon(text: str, name: str) -> None:
    assert (name, "PRODUCT") not in readings()[text]
