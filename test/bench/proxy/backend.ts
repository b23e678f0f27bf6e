import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Place } from "./place.ts";

/** What every answer to the request of the benchmark says. */
export const ANSWER = '{"label":"positive","score":0.977749}';
export const LARGE_BYTES = 65_536;

/** What all nginx processes of the benchmark have in common; temporary files stay in their folder. */
export function nginxFrame({ folder, user }: Place, http: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  return [
    ...(user === undefined ? [] : [`user ${user};`]),
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;`,
    "events { worker_connections 4096; }",
    `http { access_log off; ${temporary.join(" ")}`,
    "keepalive_requests 1000000000; keepalive_timeout 75s; client_body_buffer_size 128k;",
    http,
    "}",
    "",
  ].join("\n");
}

/**
 * One nginx worker that answers at once, as a worker of ours would: the same JSON to every path, 64 KiB at /large, and at /proof what it saw of the
 * request, so that an answer can be shown to come from here.
 */
export async function backendCommand(place: Place): Promise<readonly string[]> {
  const { folder, backendPort } = place;
  await writeFile(join(folder, "large"), "x".repeat(LARGE_BYTES));
  const file = join(folder, "nginx.conf");
  await writeFile(
    file,
    nginxFrame(
      place,
      `server { listen 127.0.0.1:${backendPort} backlog=4096; default_type application/json;
add_header X-Blindsplit-Prediction 'positive;0.977749';
location / { return 200 '${ANSWER}'; }
location = /proof { return 200 '$request_method $content_length $http_x_nonce $http_x_user_id'; }
location = /large { root ${folder}; default_type application/octet-stream; } }`,
    ),
  );
  return ["nginx", "-p", folder, "-c", file];
}
