// What two consumers make of a page of which they know only the address: node consume.mjs http://…/a/DIG4
import { extract, hasProvider } from "@extractus/oembed-extractor";
import { unfurl } from "unfurl.js";

const address = process.argv[2];

// Of the two links on the page unfurl takes the JSON one, if it is there.
async function fetchWithoutJson(url) {
  const answer = await fetch(url);
  if (!answer.headers.get("Content-Type").startsWith("text/html")) return answer;
  const page = (await answer.text()).replaceAll("application/json+oembed", "text/plain");
  return new Response(page, { headers: answer.headers });
}

console.log(JSON.stringify({
  is_known: hasProvider(address),
  extractor: await extract(address),
  narrow: await extract(address, { maxwidth: 300, maxheight: 200 }),
  unfurl: (await unfurl(address)).oEmbed,
  unfurl_xml: (await unfurl(address, { fetch: fetchWithoutJson })).oEmbed,
}));
