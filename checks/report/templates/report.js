(() => {
  const form = document.querySelector(".filters");
  const articles = [...document.querySelectorAll(".result")];
  const apply = () => {
    const wanted = Object.fromEntries(new FormData(form));
    let shown = 0;
    for (const article of articles) {
      const part = article.closest(".part").dataset.part;
      const fits = (!wanted.part || wanted.part === part) && (!wanted.area || wanted.area === article.dataset.area)
        && (!wanted.verdict || wanted.verdict === article.dataset.verdict);
      article.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const part of document.querySelectorAll(".part")) {
      part.hidden = !part.querySelector(".result:not([hidden])");
    }
    form.querySelector("output").textContent = `${shown} / ${articles.length}`;
  };
  form.hidden = false;
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
  apply();
})();
