/** `normalizer` of a tokenizer.json whose type is `BertNormalizer`. */
export interface BertNormalizerSettings {
  readonly clean_text?: boolean;
  readonly handle_chinese_chars?: boolean;
  /** Left out or null: as `lowercase`. */
  readonly strip_accents?: boolean | null;
  readonly lowercase?: boolean;
}

// Ranges of `is_chinese_char` in huggingface/tokenizers (bert normalizer), including those above U+FFFF.
const CHINESE =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;
const REMOVED = /[\0\uFFFD]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}]/gu;

/**
 * The BERT normaliser as the reference (Rust) implementation does it. The one in `@huggingface/tokenizers`
 * differs where the same model would then see other token ids than in training: it looks at UTF-16 units, so
 * ideographs above U+FFFF are not separated, and it lower-cases a final Σ to ς.
 */
export function normalizeBert(text: string, settings: BertNormalizerSettings): string {
  let result = text;
  if (settings.clean_text) result = result.replace(REMOVED, "").replace(/\p{White_Space}/gu, " ");
  if (settings.handle_chinese_chars) result = result.replace(CHINESE, " $& ");
  if (settings.strip_accents ?? settings.lowercase) result = result.normalize("NFD").replace(/\p{Mn}/gu, "");
  if (settings.lowercase) result = result.replaceAll("Σ", "σ").toLowerCase();
  return result;
}
