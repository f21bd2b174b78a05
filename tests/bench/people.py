"""People of many countries, made up from common names with their real skew: every third Vietnamese is a Nguyen. Seeded."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Person = dict[str, Any]
EARLIEST = date(1935, 1, 1)
DAYS = (date(2020, 1, 1) - EARLIEST).days
FIRST_OF_JANUARY = 0.02  # where nobody knew the day

VIETNAMESE = ("NGUYEN TRAN LE PHAM HOANG PHAN VU DANG BUI DO HO NGO DUONG LY", "Van Thi Duc Minh Quoc Ngoc Thanh Kim", "Huong Anh Nam Hung Lan Mai Linh Tuan Dung Hoa Thao Phuong Trang Long Hai Son Tam Binh Quang Khanh")  # fmt: skip
CHINESE = ("王 WANG 李 LI 张 ZHANG 刘 LIU 陈 CHEN 杨 YANG 黄 HUANG 赵 ZHAO 吴 WU 周 ZHOU 徐 XU 孙 SUN 马 MA 朱 ZHU 胡 HU 林 LIN 郭 GUO 何 HE", "伟 Wei 芳 Fang 娜 Na 敏 Min 静 Jing 丽 Li 强 Qiang 磊 Lei 军 Jun 洋 Yang 勇 Yong 艳 Yan 杰 Jie 涛 Tao 明 Ming 超 Chao 晓 Xiao 平 Ping")  # fmt: skip
KOREAN = ("김 KIM 이 LEE 박 PARK 최 CHOI 정 JUNG 강 KANG 조 CHO 윤 YOON 장 JANG 임 LIM", "민준 Minjun 서연 Seoyeon 지후 Jihoo 하은 Haeun 도윤 Doyun 수아 Sua 민수 Minsu 지영 Jiyoung 현우 Hyunwoo 은지 Eunji")  # fmt: skip
RUSSIAN = ("IVANOV PETROV SMIRNOV KUZNETSOV POPOV VASILIEV SOKOLOV MIKHAILOV NOVIKOV FEDOROV MOROZOV VOLKOV", "Aleksandr Sergei Elena Olga Dmitrii Natalia Andrei Tatiana Mikhail Irina Vladimir Anna Pavel Maria")  # fmt: skip
ARABIC = ("AL-HASHIMI AL-RASHID HADDAD KHALIL NASSER SALEH MANSOUR ABDULLAH HUSSEIN AL-AMIRI FARAH", "Mohammed Ahmed Fatima Omar Khaled Aisha Youssef Maryam Ali Hassan Layla Ibrahim Zainab")  # fmt: skip
THAI = ("สมชาย SOMCHAI สมหญิง SOMYING ประเสริฐ PRASERT มาลี MALEE วิชัย WICHAI สุดา SUDA อนงค์ ANONG ชัย CHAI", "ใจดี Jaidee รักไทย Rakthai ศรีสุข Srisuk ทองดี Thongdee บุญมา Boonma สุขใจ Sukjai แก้วใส Kaewsai")  # fmt: skip
WESTERN = ("SMITH JOHNSON MULLER GARCIA MARTIN SILVA ROSSI NOWAK JENSEN DUBOIS SANTOS COSTA BROWN MILLER", "John Maria Anna James Peter Laura Carlos Sophie Michael Julia David Emma Thomas Isabel")  # fmt: skip


def a_person(rng: random.Random) -> Person:
    """One person."""
    country, made = rng.choice(COUNTRIES)
    born = date(rng.randrange(1940, 2015), 1, 1) if rng.random() < FIRST_OF_JANUARY else EARLIEST + timedelta(days=rng.randrange(DAYS))  # fmt: skip
    return {
        "name": made(rng), "birth_date": born.isoformat(), "sex": rng.choice(["male", "female"]), "nationality": country,
        "phone": {"e164": f"+{rng.choice([66, 84, 86, 82, 7, 971, 1])}{rng.randrange(10**8, 10**9)}"},
        "passport": {"number": f"{rng.choice('ABCEGPX')}{rng.randrange(10**7, 10**8)}", "country": country},
    }  # fmt: skip


def _common(rng: random.Random, words: list[str]) -> int:
    """A place in a list: the first are the most common."""
    return min(int(rng.expovariate(4.0 / len(words))), len(words) - 1)


def _one(rng: random.Random, text: str) -> str:
    words = text.split()
    return words[_common(rng, words)]


def _pair(rng: random.Random, text: str) -> tuple[str, str]:
    """A name in its own script and in Latin letters."""
    words = text.split()
    place = _common(rng, words[::2]) * 2
    return words[place], words[place + 1]


def _vietnamese(rng: random.Random) -> dict[str, str]:
    return {"latin": " ".join(_one(rng, part) for part in VIETNAMESE)}


def _chinese(rng: random.Random) -> dict[str, str]:
    family, given = _pair(rng, CHINESE[0]), _pair(rng, CHINESE[1])
    more = _pair(rng, CHINESE[1]) if rng.random() < 0.6 else ("", "")
    return {"latin": f"{family[1]} {given[1]}{more[1].lower()}", "native": family[0] + given[0] + more[0]}


def _korean(rng: random.Random) -> dict[str, str]:
    family, given = _pair(rng, KOREAN[0]), _pair(rng, KOREAN[1])
    return {"latin": f"{family[1]} {given[1]}", "native": family[0] + given[0]}


def _thai(rng: random.Random) -> dict[str, str]:
    given, family = _pair(rng, THAI[0]), _pair(rng, THAI[1])
    return {"latin": f"{given[1]} {family[1]}", "native": f"{given[0]} {family[0]}"}


def _two_words(lists: tuple[str, str]) -> Callable[[random.Random], dict[str, str]]:
    return lambda rng: {"latin": f"{_one(rng, lists[0])} {_one(rng, lists[1])}"}


COUNTRIES: list[tuple[str, Callable[[random.Random], dict[str, str]]]] = [
    ("VN", _vietnamese), ("CN", _chinese), ("KR", _korean), ("TH", _thai),
    ("RU", _two_words(RUSSIAN)), ("AE", _two_words(ARABIC)), ("US", _two_words(WESTERN)),
]  # fmt: skip
