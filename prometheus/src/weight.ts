const ofEachVariant = "max by (model_version) (ab_variant_weight_ratio)";

/** Variants that get no users; during a roll-out, on no replica. */
export const withoutUsers = `${ofEachVariant} == 0`;

/** Variants that get users. */
export const withUsers = `${ofEachVariant} > 0`;

/** There is something, without labels, exactly if no gateway says any weight. */
export const noWeights = "absent(ab_variant_weight_ratio)";
