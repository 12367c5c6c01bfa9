// Small charts, each with its content in words.

/** Columns, one a day; what is not known has a low grey one. */
function columns(values, words, { most, bad = () => false } = {}) {
  const top = most ?? Math.max(...values.filter((value) => value !== null), 0);
  const width = 100 / Math.max(values.length, 1);
  return drawn("svg", { viewBox: "0 0 100 24", preserveAspectRatio: "none", role: "img", "aria-label": words }, values.map((value, at) => {
    const high = value === null ? 1 : Math.max(1, top ? (value / top) * 24 : 1);
    const kind = value === null ? "none" : bad(value) ? "bad" : "";
    return drawn("rect", { class: `bar ${kind}`, x: at * width + 0.75, y: 24 - high, width: width - 1.5, height: high });
  }));
}

/** Bars from the left, one under the other. */
function levels(values, words) {
  const top = Math.max(...values, 1);
  const high = 24 / values.length;
  return drawn("svg", { viewBox: "0 0 100 24", preserveAspectRatio: "none", role: "img", "aria-label": words }, values.map((value, at) => drawn("rect", {
    class: at ? "bar" : "bar faint", x: 0, y: at * high + 0.5, width: Math.max(0.5, (value / top) * 100), height: high - 1,
  })));
}
