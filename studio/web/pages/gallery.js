(() => {
  const all = (what, root = document) => [...root.querySelectorAll(what)];
  const root = document.documentElement;
  const speak = (language) => {
    root.dataset.language = language;
    root.lang = language === "zh" ? "zh-Hans" : "en";
    all("[data-language][type]").forEach((one) => one.setAttribute("aria-pressed", one.dataset.language === language));
  };
  all(".languages, .bar").forEach((one) => { one.hidden = false; });
  if (!document.querySelector(".bar button, .bar select")) document.querySelector(".bar").hidden = true;
  all("[data-language][type]").forEach((one) => one.addEventListener("click", () => speak(one.dataset.language)));
  speak(navigator.language.startsWith("zh") ? "zh" : "en");

  const images = all("[data-image]");
  const chosen = { state: "", kind: "", group: "" };
  const apply = () => {
    images.forEach((one) => { one.hidden = Object.entries(chosen).some(([key, value]) => value && one.dataset[key] !== value); });
    all("main section").forEach((one) => { one.hidden = !one.querySelector("[data-image]:not([hidden])"); });
    document.querySelector(".empty").hidden = images.some((one) => !one.hidden);
  };
  all("select[data-filter]").forEach((one) => one.addEventListener("change", () => { chosen[one.dataset.filter] = one.value; apply(); }));
  all("button[data-filter]").forEach((one) => one.addEventListener("click", () => {
    chosen[one.dataset.filter] = one.dataset.value;
    all(`button[data-filter="${one.dataset.filter}"]`).forEach((each) => each.setAttribute("aria-pressed", each === one));
    apply();
  }));

  const viewer = document.querySelector(".viewer");
  const shown = viewer.querySelector("img");
  const swap = viewer.querySelector("[data-swap]");
  const map = viewer.querySelector("[data-map]");
  let at = 0;
  let seen = "";
  const open = () => images.filter((one) => !one.hidden && one.querySelector("[data-open]"));
  const show = () => {
    const one = open()[at];
    const link = one.querySelector("[data-open]");
    if (!(seen in one.dataset)) seen = "";
    shown.src = seen ? one.dataset[seen] : link.dataset.full;
    shown.alt = one.dataset.title;
    shown.className = link.className;
    viewer.querySelector("figcaption b").textContent = one.dataset.title;
    viewer.querySelector("figcaption span").textContent = `${at + 1} / ${open().length}`;
    viewer.querySelector("[data-file]").href = link.href;
    swap.disabled = !("before" in one.dataset);
    swap.setAttribute("aria-pressed", seen === "before");
    map.hidden = !("changes" in one.dataset);
    map.setAttribute("aria-pressed", seen === "changes");
    if (!viewer.open) viewer.showModal();
  };
  const step = (by) => { seen = ""; at = (at + by + open().length) % open().length; show(); };
  all("[data-open]").forEach((link) => link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    at = open().findIndex((one) => one.contains(link));
    seen = "";
    show();
  }));
  const turn = (to) => { seen = seen === to ? "" : to; show(); };
  all("[data-step]", viewer).forEach((one) => one.addEventListener("click", () => step(Number(one.dataset.step))));
  swap.addEventListener("click", () => turn("before"));
  map.addEventListener("click", () => turn("changes"));
  viewer.querySelector("[data-close]").addEventListener("click", () => viewer.close());
  viewer.addEventListener("click", (event) => { if (event.target === viewer) viewer.close(); });
  viewer.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") step(1);
    else if (event.key === "ArrowLeft") step(-1);
    else if (event.key.toLowerCase() === "b") turn("before");
    else if (event.key.toLowerCase() === "c") turn("changes");
    else return;
    event.preventDefault();
  });
})();
