/** Very frequent words by language: they tell a language, and say nothing of what a question is about. */
export const stopWords: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words("the and of to in is that for it with as was on are this be by not have from or which you at what an how"),
  de: words("der die und das ist nicht von mit den ein eine zu auf für sich im dem auch werden wird sind wie was es"),
  fr: words("le la les de des et est une un que pour dans qui pas sur au avec sont par plus ne se ce du quoi"),
  es: words("el la los las de que y en un una es por con para no se del al su como más qué lo son"),
  it: words("il lo la gli di che e un una per non è con del della sono si da nel come più anche cosa i"),
  pt: words("o a os as de que e em um uma é para com não por do da no na se mais como dos ao foi"),
  nl: words("de het een en van is dat niet op te voor met zijn die aan er om ook als bij maar wat hoe"),
  pl: words("i w na z do nie się że jest to jak o co po od za dla przez są oraz tego"),
  sv: words("och att det som en på är av för med den till inte om ett har de var jag hur"),
};

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}

const all = new Set(Object.values(stopWords).flatMap((set) => [...set]));

export function isStopWord(word: string): boolean {
  return all.has(word);
}
