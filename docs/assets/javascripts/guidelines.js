// Filters a table of guidelines by the fields of the form above it; a row has its values in data-<field>. Without this script the table is complete and the form stays hidden.
(() => {
  const form = document.getElementById("hv-filter");
  const table = document.getElementById("hv-guidelines");
  const count = document.getElementById("hv-count");
  if (!form || !table || !count) return;

  const rows = [...table.tBodies[0].rows];
  const fields = [...form.elements].map((field) => field.name).filter(Boolean);
  const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const texts = new Map(); // read when somebody types, not while the page comes up
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, fold(row.textContent));
    return texts.get(row);
  };

  const has = (row, name, value) =>
    !value ||
    (name === "text"
      ? fold(value).split(/\s+/).every((word) => textOf(row).includes(word))
      : row.dataset[name].split(",").includes(value));
  const matches = (row, wanted) => fields.every((name) => has(row, name, wanted[name]));

  const announce = (shown) => {
    const { one, many, none } = count.dataset;
    count.textContent = shown === 0 ? none : shown === 1 ? one : many.replace("#", String(shown));
  };

  const apply = () => {
    const wanted = Object.fromEntries(fields.map((name) => [name, form.elements[name].value.trim()]));
    let shown = 0;
    for (const row of rows) {
      row.hidden = !matches(row, wanted);
      if (!row.hidden) shown += 1;
    }
    table.hidden = shown === 0;
    announce(shown);
    const query = new URLSearchParams(location.search);
    for (const name of fields) {
      if (wanted[name]) query.set(name, wanted[name]);
      else query.delete(name);
    }
    const tail = query.toString();
    history.replaceState(history.state, "", location.pathname + (tail ? `?${tail}` : "") + location.hash);
  };

  const restore = () => {
    const query = new URLSearchParams(location.search);
    for (const name of fields) {
      const field = form.elements[name];
      field.value = query.get(name) ?? "";
      if (field.selectedIndex === -1) field.value = ""; // a value that no option has
    }
  };

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  restore();
  form.hidden = false;
  apply();
})();
