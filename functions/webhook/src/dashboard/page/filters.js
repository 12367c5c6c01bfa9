// What is looked for.

const filters = by("filters");
const FIELDS = ["from", "to", "status", "provider", "direction", "job", "search"];

/** Whether the days follow the calendar, because nobody chose others. */
let followsToday = true;

function toToday() {
  filters.elements.from.value = filters.elements.to.value = today();
  followsToday = true;
}

function query(extra = {}) {
  if (followsToday) toToday();
  const asked = new URLSearchParams({ order: "newest" });
  for (const name of FIELDS) {
    const value = filters.elements[name].value.trim();
    if (value && !(name === "search" && value.length < 2)) asked.set(name, value);
  }
  for (const [name, value] of Object.entries(extra)) asked.set(name, value);
  return asked;
}

const isNarrowed = () => FIELDS.slice(2).some((name) => filters.elements[name].value.trim());

/** What somebody chose, once they have stopped typing. */
function onChoice(then) {
  let typed = 0;
  filters.addEventListener("submit", (event) => { event.preventDefault(); then(); });
  filters.addEventListener("reset", () => setTimeout(() => { toToday(); then(); }));
  filters.addEventListener("input", (event) => {
    if (["from", "to"].includes(event.target.name)) {
      followsToday = false;
      const { from, to } = filters.elements;
      if (!event.target.value) return;
      if (from.value > to.value) (event.target === from ? to : from).value = event.target.value;
    }
    clearTimeout(typed);
    typed = setTimeout(then, event.target.tagName === "INPUT" && event.target.type !== "date" ? 350 : 0);
  });
}
