"""Spellings of one name that differ from passport to passport, in normalized letters. Data only; matching and likeness use it."""

from collections.abc import Iterable

GROUPS = """
mohammed mohamed muhammad mohammad mohamad muhamad muhammed mohamud muhammet mehmet mohd
ahmed ahmad ahmet achmed
hussein husain hussain husein hossain hosein hossein huseyin housseine
hassan hasan hassen
yusuf yousef youssef yousuf yosef yusof
abdullah abdallah abdulla
abdul abdel abd
ibrahim ebrahim brahim ibraheem
fatima fatimah fatma fatemeh fathima
aisha ayesha aicha aysha aishah
omar umar omer
osman othman usman uthman ousmane
khaled khalid halid
said saeed saied
saleh salih salah
mustafa mostafa moustafa mustapha
karim kareem
rashid rasheed rachid
jamal gamal djamel
zainab zeinab zaynab zeynep
maryam mariam miriam meryem
leila layla laila leyla
alexander aleksandr alexandr oleksandr aleksander alexandre
alexandra aleksandra oleksandra
alexei aleksei alexey aleksey oleksii
dmitri dmitry dmitriy dimitri dmytro
sergei sergey serhii serhiy sergiy
yulia julia iuliia yuliya iulia juliya
natalia natalya nataliia nataliya natalja
ekaterina yekaterina kateryna katerina
evgeny yevgeny evgenii evgeni evgeniy yevhen
elena yelena olena jelena
yuri yury iurii yuriy jurij
andrei andrey andrii andriy andrej
nikolai nikolay nicolai mykola nikolaj
tatiana tatyana tetiana tatjana
olga olha
irina iryna
vladimir volodymyr wladimir
kim gim
lee yi rhee ri
park pak bak
choi choe
jung jeong chung joung
kang gang
shin sin
cho jo joh
yoon yun youn
lim im rim
seo suh
kwon gwon
ryu yoo yu ryoo
noh roh no
lv lu lyu
"""


def groups(text: str = GROUPS) -> dict[str, frozenset[str]]:
    """Returns for each spelling its whole group, including itself."""
    found: dict[str, frozenset[str]] = {}
    for line in text.strip().splitlines():
        together = frozenset(line.split())
        found |= dict.fromkeys(together, together)
    return found


KNOWN = groups()


def same(one: str, other: str) -> bool:
    """Whether two normalized words are known spellings of one name."""
    return other in KNOWN.get(one, ())


def others(word: str) -> Iterable[str]:
    """Returns the other spellings of a normalized word."""
    return KNOWN.get(word, frozenset()) - {word}
