/* Draws charts from the JSON in data-chart: {"kind": "line"|"bar"|"ranked"|"treemap"|"map", "labels": [], "series":
   [{"name", "values"}], "unit"}. Where it has "links", a click on a label's part opens its page. A map has "outlines"
   besides, the address of its GeoJSON, "marks", the short names that it writes into the areas, and "instead" and "missing":
   the chart and the sentence for when the outlines do not come.
   A button with data-keep-picture beside a chart saves it as PNG under that title. Without script the table beside each
   chart says the same. */
(() => {
  "use strict";

  if (!window.echarts) return;
  const drawn = [];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /* A colour between two that stand as #rrggbb or #rgb, opaque, so that what lies below does not shine through. */
  const between = (from, to, share) => {
    const parts = (name) => colour(name).replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3").match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16));
    const ends = parts(to);
    return `rgb(${parts(from).map((start, index) => Math.round(start + (ends[index] - start) * share)).join(",")})`;
  };

  const frame = () => ({
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 180,
    color: [colour("--info"), colour("--gold"), colour("--good"), colour("--warn"), colour("--off")],
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("--ink-2") },
    tooltip: {
      renderMode: "richText", trigger: "axis", backgroundColor: colour("--surface"), borderColor: colour("--line-strong"),
      textStyle: { color: colour("--ink") },
    },
    grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
  });

  const axis = (more) => ({
    axisLine: { lineStyle: { color: colour("--line-strong") } },
    axisTick: { show: false },
    axisLabel: { color: colour("--ink-3") },
    splitLine: { lineStyle: { color: colour("--line") } },
    ...more,
  });

  const legend = (data) => ({ show: data.series.length > 1, top: 0, right: 0, icon: "roundRect", itemHeight: 8, itemWidth: 14, textStyle: { color: colour("--ink-2") } });

  const across = (data, type) => ({
    ...frame(),
    legend: legend(data),
    xAxis: axis({ type: "category", data: data.labels }),
    yAxis: axis({ type: "value", name: data.unit || "", minInterval: 1, nameTextStyle: { color: colour("--ink-3"), align: "left" } }),
    series: data.series.map((one) => ({ name: one.name, type, data: one.values, barMaxWidth: 28, symbolSize: 6, lineStyle: { width: 2.5 } })),
  });

  const ranked = (data) => ({
    ...frame(),
    legend: legend(data),
    xAxis: axis({ type: "value", minInterval: 1 }),
    yAxis: axis({ type: "category", data: data.labels, inverse: true, axisLabel: { color: colour("--ink-3"), interval: 0 } }),
    series: data.series.map((one) => ({ name: one.name, type: "bar", data: one.values, barMaxWidth: 18, label: { show: true, position: "right", color: colour("--ink-2") } })),
  });

  const treemap = (data) => ({
    ...frame(),
    color: [colour("--info")],
    tooltip: { ...frame().tooltip, trigger: "item" },
    series: [{
      type: "treemap", roam: false, nodeClick: false, breadcrumb: { show: false }, top: 0, left: 0, right: 0, bottom: 0,
      label: { formatter: "{b}\n{c}" }, itemStyle: { gapWidth: 2, borderColor: colour("--surface") },
      data: data.labels.map((name, index) => ({ name, value: data.series[0].values[index] })),
    }],
  });

  const mapped = (data) => {
    const known = data.series[0].values.filter((value) => value !== null);
    return {
      ...frame(),
      tooltip: { ...frame().tooltip, trigger: "item", formatter: (one) => (Number.isFinite(one.value) ? `${one.name} ${one.value.toLocaleString()} ${data.unit}` : one.name) },
      visualMap: {
        min: Math.min(0, ...known), max: Math.max(1, ...known), left: "center", bottom: 0, orient: "horizontal", calculable: false, itemHeight: 96,
        text: [Math.max(1, ...known).toLocaleString(), Math.min(0, ...known).toLocaleString()],
        inRange: { color: [between("--surface", "--info", 0.1), between("--surface", "--info", 0.45)] }, textStyle: { color: colour("--ink-2") },
      },
      series: [{
        type: "map", map: data.outlines, roam: false, selectedMode: false, top: 8, bottom: 48,
        itemStyle: { areaColor: colour("--sunk"), borderColor: colour("--line-strong") },
        label: { show: true, color: colour("--ink"), fontSize: 12, formatter: (one) => data.marks[data.labels.indexOf(one.name)] ?? one.name },
        labelLayout: { hideOverlap: true },
        emphasis: { itemStyle: { areaColor: between("--surface", "--gold", 0.5) }, label: { color: colour("--ink") } },
        data: data.labels.map((name, index) => ({ name, value: data.series[0].values[index] })),
      }],
    };
  };

  const outlined = async (data) => {
    if (data.kind !== "map" || window.echarts.getMap(data.outlines)) return data;
    try {
      const answer = await fetch(data.outlines, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.status);
      window.echarts.registerMap(data.outlines, await answer.json());
      return data;
    } catch {
      return { ...data.instead, missing: data.missing };
    }
  };

  const say = (place, sentence) => {
    const line = document.createElement("p");
    line.className = "hint";
    line.setAttribute("role", "status");
    line.textContent = sentence;
    place.before(line);
  };

  const follow = (link) => {
    if (link) location.assign(link);
  };

  const kinds = { line: (d) => across(d, "line"), bar: (d) => across(d, "bar"), ranked, treemap, map: mapped };

  const draw = async (place) => {
    const wanted = JSON.parse(place.dataset.chart);
    const chart = window.echarts.init(place, null, { renderer: "canvas" });
    const data = await outlined(wanted);
    if (data !== wanted) say(place, data.missing);
    if (!data.kind) return place.remove();
    drawn.push(chart);
    chart.setOption(kinds[data.kind](data));
    if (data.links) chart.on("click", (part) => follow(data.links[data.labels.indexOf(part.name)]));
    const button = place.parentElement.querySelector("[data-keep-picture]");
    if (!button || data !== wanted) return;
    button.hidden = false;
    button.addEventListener("click", () => keep(place, data, button.dataset.keepPicture));
  };

  /* The same chart once more, beside the page, with its title on it and sharp enough for paper. */
  const keep = (place, data, title) => {
    const sheet = document.createElement("div");
    const chart = window.echarts.init(sheet, null, { renderer: "canvas", width: 1080, height: Math.max(480, place.clientHeight + 80) });
    const option = kinds[data.kind](data);
    const lower = (part) => ({ ...part, top: (part.top || 0) + 56 });
    chart.setOption({
      ...option, animation: false, backgroundColor: colour("--surface"), grid: lower(option.grid),
      legend: option.legend && lower(option.legend),
      series: option.series.map((one) => (["treemap", "map"].includes(one.type) ? { ...lower(one), animation: false } : one)),
      title: { text: title, left: 16, top: 12, textStyle: { color: colour("--ink"), fontSize: 18 } },
    });
    const link = document.createElement("a");
    link.download = `${title}.png`;
    link.href = chart.getDataURL({ type: "png", pixelRatio: 2 });
    link.click();
    chart.dispose();
  };

  const all = (root) => root.querySelectorAll("[data-chart]:not([_echarts_instance_])").forEach(draw);
  all(document);
  document.addEventListener("htmx:afterSwap", (event) => all(event.target));
  window.addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
})();
