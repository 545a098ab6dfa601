/* Draws charts from the JSON in data-chart: {"kind": "line"|"bar"|"ranked"|"treemap", "labels": [], "series":
   [{"name", "values"}], "unit"}. Without script the table beside each chart says the same. */
(() => {
  "use strict";

  if (!window.echarts) return;
  const drawn = [];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

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

  const kinds = { line: (d) => across(d, "line"), bar: (d) => across(d, "bar"), ranked, treemap };

  const draw = (place) => {
    const data = JSON.parse(place.dataset.chart);
    const chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(kinds[data.kind](data));
    drawn.push(chart);
  };

  const all = (root) => root.querySelectorAll("[data-chart]:not([_echarts_instance_])").forEach(draw);
  all(document);
  document.addEventListener("htmx:afterSwap", (event) => all(event.target));
  window.addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
})();
