"""Names and texts of the demo data; all people are invented."""


def _list(text: str) -> list[str]:
    return text.split()


WOMEN = _list("""
Ada Aino Alba Amelie Anna Astrid Carla Chiara Clara Elena Elif Emma Eva Fatima Freya Giulia Hana
Hannah Ida Ines Ingrid Isabel Jana Julia Kaja Katja Lara Lea Lina Magda Maja Maria Marta Maya Mia
Mila Nadia Nina Nora Olga Paula Petra Priya Rosa Sara Selma Sofia Tess Vera Yara Zoe Åsa
""")
MEN = _list("""
Amir Anton Ben Dario David Emil Erik Felix Finn Hugo Ivan Jakub Jonas Karim Leon Lukas Luca Marek
Matteo Milan Noah Oskar Pavel Rafael Sam Simon Stefan Tomas Tomasz Viktor Yusuf Łukasz Øystein
""")
WOMENS_FACES = ["amelie", "ines", "mara", "priya"]
MENS_FACES = ["jonas", "sam", "tomasz", "yusuf"]
LAST_NAMES = _list("""
Aalto Adler Almeida Andersson Baran Becker Bergman Bianchi Blom Brandt Carvalho Costa Demir Dubois
Eriksen Evans Farkas Ferrari Fischer Fontaine Garcia Graf Haas Hansen Hartmann Hoffmann Horvat
Ivanova Jansen Jensen Kaya Keller Klein Kovács Kowalska Kruse Lang Larsen Lehmann Lindgren Lopez
Maes Marchetti Martin Meyer Moreau Murphy Nagy Nielsen Nowak Okafor Olsen Pereira Petrov Popescu
Ricci Rossi Sato Schmidt Schneider Silva Sørensen Svensson Tanaka Taylor Vogel Walsh Weber Wilk
Wood
""")
HEADLINES = [
    "A quiet flat with a sofa that dogs may use",
    "Big garden, long walks, muddy boots welcome",
    "Home all day, two calm dogs of my own",
    "Former vet nurse with a fenced garden",
    "Small dogs and seniors, medicine given on time",
    "Cats first: wide window sills and patience",
    "Runs with young dogs, naps with old ones",
    "Teacher with free afternoons and a dry sense of humour",
    "Farm life, hens included, good fences everywhere",
    "Night nurse: somebody is always at home by day",
    "Rabbits, birds and other small people",
    "By the park; out of the door at seven, noon and six",
    "Patient with shy animals, strict about schedules",
    "A family of four who miss having a dog",
]
ABOUT_START = [
    "I grew up with collies and have looked after neighbours’ animals for as long as I can remember.",
    "After ten years in an animal shelter I know most tricks that dogs play, and fall for all of them.",
    "I work from home, so nobody is alone for longer than a trip to the baker’s.",
    "My own dog died last year. I am not ready for a new one, but the house is too quiet.",
    "I have sat for friends for years and now do it properly, with a calendar and a first-aid kit.",
]
ABOUT_MIDDLE = [
    "We go out four times a day, the last time late in the evening.",
    "Cats get their own room with a door that stays open.",
    "I write down food, water and medicine with the time, every day.",
    "Visitors are rare, the street is calm, and the park is two minutes away.",
    "Animals sleep where they like best; most choose the foot of the stairs.",
]
ABOUT_END = [
    "Come by for a walk before you decide.",
    "If your animal needs tablets, I set alarms and tick them off.",
    "You hear from me every day, with a photo if the light allows.",
    "I would rather say no than take one animal too many.",
]
LANGUAGES = [
    "English",
    "German",
    "French",
    "Spanish",
    "Italian",
    "Polish",
    "Dutch",
    "Swedish",
    "Turkish",
]
PAYMENT_NOTES = [
    "Bank transfer on the first day",
    "Cash or bank transfer at the end",
    "Bank transfer within three days after the end",
]
PHOTOS = {
    "scene-lounge": "Living room with a dog on the rug",
    "scene-garden": "Fenced garden with a ball",
    "scene-sill": "Wide window sill for cats",
    "scene-hall": "Hallway with leads and bowls",
    "scene-walk": "The park path behind the house",
}
DOG_NAMES = _list("""
Balu Bella Biscuit Bruno Cookie Emma Filou Finn Frieda Juno Kiwi Lotte Luna Max Milo Moss Nala
Otto Pepper Rocky Sammy Wilma
""")
CAT_NAMES = _list("""
Cleo Felix Findus Ginger Leo Lilly Mimi Minka Mochi Oskar Pixel Simba Tiger Whiskers
""")
OTHER_NAMES = _list("""
Hops Kiki Krümel Piep Pünktchen Rosie Socke
""")
DOG_BREEDS = [
    "Labrador",
    "Border collie",
    "Corgi",
    "Dachshund",
    "Terrier",
    "Mixed breed",
    "Poodle",
    "Beagle",
]
CAT_BREEDS = ["European shorthair", "British shorthair", "Maine coon", ""]
PORTRAITS = {
    "dog": [
        "pet-dog-collie",
        "pet-dog-corgi",
        "pet-dog-dachshund",
        "pet-dog-lab",
        "pet-dog-terrier",
    ],
    "cat": ["pet-cat-ginger", "pet-cat-grey", "pet-cat-tuxedo"],
    "small_mammal": ["pet-rabbit", "pet-guinea-pig"],
    "bird": ["pet-budgie"],
}
STREETS = [
    "Lindenweg",
    "Hafenstraße",
    "Mill Lane",
    "Rue des Acacias",
    "Parkweg",
    "Garden Street",
    "Via Verdi",
]
DECLINE_TEXTS = [
    "I am sorry, my sister visits that week.",
    "Two big dogs at once are too much for my flat.",
    "",
]
CANCEL_TEXTS = ["I have caught the flu and cannot look after anybody this week."]
MUST_FOLLOW = [
    "Half a tablet at 8:00 and 20:00, in cheese",
    "Off the lead only in the fenced field",
]
FEEDING = [
    "300 g dry food at 7:00 and 18:00",
    "A tin in the morning, dry food all day",
    "Two cups, soaked for ten minutes",
]
WALKS = [
    "Four times a day, the long one at noon",
    "Three short rounds; hates rain",
    "An hour in the morning, then as it comes",
]
SLEEPS = ["In a basket in the hall", "On the bed, sorry", "Anywhere warm"]
