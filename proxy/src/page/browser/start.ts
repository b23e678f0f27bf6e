/** A file of the page may not arrive, for example while the machine's networks change. */
const TRY_AGAIN_MS = 3_000;

import("./main.ts").catch((error: unknown) => {
  console.warn("The page's code did not arrive; it is loaded again.", error);
  setTimeout(() => location.reload(), TRY_AGAIN_MS);
});
