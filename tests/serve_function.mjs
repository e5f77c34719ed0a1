// Serves a route handler of Next.js or a function of AWS Lambda, and the state of its store.
// node serve_function.mjs route|lambda FILE STORE PORT

import { createServer } from "node:http";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [kind, file, store, port] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(resolve(path)));
const module = await load(file);
const { state } = await load(store);

async function route(request, body) {
  const url = `http://127.0.0.1${request.url}`;
  const { method, headers } = request;
  const answer = await module.POST(new Request(url, { method, headers, body, duplex: "half" }));
  return answer.status;
}

async function lambda(request, body) {
  const answer = await module.handler({
    version: "2.0",
    headers: request.headers,
    body: body.toString("base64"),
    isBase64Encoded: true,
  });
  return answer.statusCode;
}

createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  if (request.url === "/state") return response.end(JSON.stringify(state()));
  if (request.method !== "POST") return response.writeHead(405).end();
  response.writeHead(await { route, lambda }[kind](request, Buffer.concat(parts))).end();
}).listen(Number(port), "127.0.0.1");
