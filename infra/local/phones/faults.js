// What is to go wrong: its words on the page, and the menus that it is chosen from.

const RECEIPTS = "the app's receipts";
const FAULTS = {
  refuse: (fault) => `is refused (${fault.code})`,
  fail: (fault) => `fails (${fault.code})`,
  timeout: () => "arrives, its answer lost",
  lost: () => "is lost on the way",
  429: () => "meets “too many requests”",
  delay: (fault) => `comes ${fault.seconds} s late`,
  500: () => "meets a server error",
  "500_taken": () => "arrives, its answer a server error",
  garbage: () => "arrives, its answer nonsense",
  garbage_lost: () => "is lost, its answer nonsense",
  slow: (fault) => `arrives, its answer ${fault.seconds} s later`,
  scramble: () => `arrives, ${RECEIPTS} in a jumble`,
  silent: () => `arrives, ${RECEIPTS} missing`,
};
const LONG = 100; // more times than anybody counts

const at = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "numeric", minute: "2-digit" });
const ordinal = (n) => ["", "", "second", "third", "fourth", "fifth"][n] ?? `${n}th`;
const inAll = ({ times }) => (times > 1 && times < LONG ? ` ×${times}` : "");

export function forOnePhone(faults) {
  const told = faults.map((fault, i) => {
    const which = fault.every > 1 ? `every ${ordinal(fault.every)} text here` : i ? "one" : "next text here";
    return `${which} ${FAULTS[fault.mode](fault)}${inAll(fault)}`;
  }).join(", then ");
  return told && told[0].toUpperCase() + told.slice(1);
}

export function forAllPhones(faults) {
  return faults.map((fault) => {
    if (fault.mode === "down") return `The carrier is down for the app until ${at.format(new Date(fault.ends_at))}.`;
    const which = fault.every > 1 ? `Every ${ordinal(fault.every)} text` : "The next text to any phone";
    return `${which} ${FAULTS[fault.mode](fault)}${inAll(fault)}.`;
  }).join(" ");
}

// The form fields that a button of a menu stands for; what is not given is the carrier's own choice.
export function chosenFault(button) {
  const { code, seconds, every, times } = button.dataset;
  const [mode, field] = [button.dataset.mode, button.parentElement.querySelector("input, select")];
  const chosen = { code, seconds, every, times, mode: mode || field.value };
  if (mode === "refuse") chosen.code = field.value;
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value));
}

// Closes with Escape, and when one presses elsewhere; a button in it is given to onChosen.
export function openMenu(menu, onChosen) {
  const close = () => {
    menu.open = false;
    menu.querySelector("summary").focus();
  };
  menu.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    close();
    onChosen(button);
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}
