/** A case of `fixtures/reference.json` by its name, the rounded figure that was published (null where none was), and what this program computes. */
export type Case = readonly [name: string, stated: string | null, computed: number];
