// Talking to the carrier. Every function rejects with an Error whose message can be shown.

export async function ask(method, path, form) {
  const options = { method };
  if (form) options.body = new URLSearchParams(form);
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The carrier doesn't answer. Is the town still running?");
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? answer.message ?? `The carrier answered ${response.status}`);
  return answer;
}

const phone = (number) => `/phones/${encodeURIComponent(number)}`;

export const town = {
  phones: () => ask("GET", "/phones"),
  addPhone: (name, number) => ask("POST", "/phones", { name, number }),
  dropPhone: (number) => ask("DELETE", phone(number)),
  send: (number, body) => ask("POST", `${phone(number)}/texts`, { Body: body }),
  sendAgain: (number, sid) => ask("POST", `${phone(number)}/texts/${sid}/resend`),
  faults: (number) => ask("GET", `${phone(number)}/faults`),
  addFault: (number, fault) => ask("POST", `${phone(number)}/faults`, fault),
  dropFaults: (number) => ask("DELETE", `${phone(number)}/faults`),
  measure: (body) => ask("POST", "/segments", { Body: body }),
  forget: () => ask("DELETE", "/texts"),
  clock: async () => new Date((await ask("GET", "/clock")).now),
  advance: async (seconds) => new Date((await ask("POST", "/clock", { advance: seconds })).now),
  storyAddress: (numbers, after) => `/story?phones=${numbers.map(encodeURIComponent).join(",")}&after=${after}`,
};

// Calls onTexts with each batch as it arrives, onForgotten when all screens were cleared, onLost while nobody answers.
export async function follow({ onTexts, onForgotten, onLost, onBack }) {
  let next = 0, forgotten = null, isLost = false;
  for (;;) {
    const known = forgotten === null ? "" : `&forgotten=${forgotten}`;
    try {
      const response = await fetch(`/texts?after=${next}&limit=500&wait=25${known}`);
      if (!response.ok) throw new Error(String(response.status));
      const texts = await response.json();
      const times = response.headers.get("Times-Forgotten");
      if (isLost) onBack();
      isLost = false;
      if (forgotten !== null && times !== forgotten) {
        onForgotten();
        forgotten = times;
        next = 0; // counting has begun anew, so this answer may be the middle of something
        continue;
      }
      forgotten = times;
      if (texts.length) {
        next = texts.at(-1).n + 1;
        onTexts(texts);
      }
    } catch {
      if (!isLost) onLost();
      isLost = true;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
