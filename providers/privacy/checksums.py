"""National ids' check digits. Each takes the id without separators, letters in capitals."""

DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
NINO_NEVER = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


def us_ssn(code: str) -> bool:
    """No check digit: the areas, groups and serials that are never issued."""
    return (
        code[:3] not in {"000", "666"}
        and code[0] != "9"
        and code[3:5] != "00"
        and code[5:] != "0000"
    )


def uk_nino(code: str) -> bool:
    """No check digit: the prefixes that are never issued."""
    return not set(code[:2]) & set("DFIQUV") and code[1] != "O" and code[:2] not in NINO_NEVER


def german_tax_id(code: str) -> bool:
    """ISO 7064 MOD 11,10; of the first ten digits exactly one repeats, twice or thrice."""
    counts = [code[:10].count(digit) for digit in set(code[:10])]
    if code[0] == "0" or sorted(counts)[-2:] not in ([1, 2], [1, 3]):
        return False
    product = 10
    for char in code[:10]:
        product = ((int(char) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(code[10])


def french_nir(code: str) -> bool:
    """13 characters and a key of two digits: 97 less the number's remainder by 97."""
    month = int(code[3:5])
    if not (1 <= month <= 12 or 20 <= month <= 42 or month >= 50):
        return False
    # Corsica's departments stand for 19 and 18.
    number = code[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(code[13:])


def spanish_dni(code: str) -> bool:
    """DNI and NIE: the letter is the number's remainder by 23; X, Y, Z stand for 0, 1, 2."""
    first = str("XYZ".index(code[0])) if code[0] in "XYZ" else code[0]
    return DNI_LETTERS[int(first + code[1:8]) % 23] == code[8]


def brazilian_cpf(code: str) -> bool:
    """Two check digits, modulo 11; one digit eleven times is no CPF."""
    if len(set(code)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(code[i]) * (length + 1 - i) for i in range(length))
        if total * 10 % 11 % 10 != int(code[length]):
            return False
    return True


def polish_pesel(code: str) -> bool:
    """A birth date, the century in its month, and a check digit."""
    month, day = int(code[2:4]) % 20, int(code[4:6])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    total = sum(int(char) * weight for char, weight in zip(code, weights, strict=False))
    return (10 - total % 10) % 10 == int(code[10])
