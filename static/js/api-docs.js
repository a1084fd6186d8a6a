// The interactive API page: Swagger UI, with every request signed here as a shop's own program would sign it.
"use strict";

const encoder = new TextEncoder();
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function signature(secret, parts, body) {
  const digest = hex(await crypto.subtle.digest("SHA-256", encoder.encode(body)));
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return hex(await crypto.subtle.sign("HMAC", key, encoder.encode([...parts, digest].join("\n"))));
}

async function sign(request) {
  const key = document.getElementById("signer-key").value.trim();
  const secret = document.getElementById("signer-secret").value.trim();
  const url = new URL(request.url, location.href);
  if (!key || !secret || url.pathname.endsWith("/openapi.json")) return request;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = hex(crypto.getRandomValues(new Uint8Array(16)));
  const body = request.body === undefined ? "" : String(request.body);
  const parts = [timestamp, nonce, request.method.toUpperCase(), url.pathname + url.search];
  Object.assign(request.headers, {
    "X-OMS-Key": key,
    "X-OMS-Timestamp": timestamp,
    "X-OMS-Nonce": nonce,
    "X-OMS-Signature": await signature(secret, parts, body),
  });
  return request;
}

// The page fills the signing headers itself: nobody types them, so they are not shown as fields to fill.
async function start() {
  const place = document.getElementById("swagger-ui");
  const spec = await (await fetch(place.dataset.openapi)).json();
  for (const path of Object.values(spec.paths)) {
    for (const operation of Object.values(path)) {
      operation.parameters = (operation.parameters || []).filter((parameter) => !parameter.name.startsWith("X-OMS-"));
      delete operation.security;
    }
  }
  SwaggerUIBundle({ spec, domNode: place, requestInterceptor: sign, docExpansion: "list", defaultModelsExpandDepth: -1, validatorUrl: null });
}

document.getElementById("signer").addEventListener("submit", (event) => event.preventDefault());
start();
