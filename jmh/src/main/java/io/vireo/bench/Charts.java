// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.batik.dom.GenericDOMImplementation;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGIDGenerator;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.w3c.dom.Document;

/** Draws sections as SVG. */
final class Charts {
  private static final String SVG = "http://www.w3.org/2000/svg";
  private static final int WIDTH = 860;
  private static final int HEIGHT = 360;
  private static final int PRECISION = 1;

  /** From here on from the least bar to the longest, only the exponent can be shown. */
  private static final double LOGARITHMIC_FROM = 20;

  private static final String LOWEST = "Vireo, lowest";
  private static final String MEDIAN = "Vireo, median";
  private static final String GOAL = "goal";

  private Charts() {}

  /** An svg element with a label for those who cannot see it; empty if there is nothing to draw. */
  static String svg(Section section) {
    if (section.figures().isEmpty()) {
      return "";
    }
    Chart<?, ?> chart = chart(section);
    return svg(chart, section.id());
  }

  static Chart<?, ?> chart(Section section) {
    return switch (section.id()) {
      case IDLE_POLL, ONE_ACTIVE -> byConnections(section);
      case LATENCY, FIRST -> percentiles(section);
      case MEMORY -> bars(only(section, "bytes"), "");
      case HTTP -> rates(section);
      default -> bars(section, "");
    };
  }

  private static Section only(Section section, String unit) {
    List<Figure> figures =
        section.figures().stream().filter(figure -> figure.unit().equals(unit)).toList();
    return new Section(section.id(), figures, List.of());
  }

  private static String unit(Section section) {
    return section.figures().get(0).unit();
  }

  private static CategoryChart categories(String xTitle, String yTitle) {
    CategoryChart chart = new CategoryChartBuilder()
        .width(WIDTH)
        .height(HEIGHT)
        .xAxisTitle(xTitle)
        .yAxisTitle(yTitle)
        .build();
    style(chart.getStyler());
    chart.getStyler().setAvailableSpaceFill(0.8);
    return chart;
  }

  private static void style(AxesChartStyler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setYAxisDecimalPattern("#,##0.##");
  }

  /** A group for each figure: ours, those of others, the goal. */
  private static CategoryChart bars(Section section, String xTitle) {
    List<String> names = section.figures().stream().map(Figure::name).toList();
    CategoryChart chart = categories(xTitle, unit(section));
    Map<String, List<Number>> series = new LinkedHashMap<>();
    series.put(LOWEST, values(section, Figure::min));
    series.put(MEDIAN, values(section, Figure::median));
    for (String peer : peers(section)) {
      series.put(peer, values(section, figure -> valueOf(figure, peer)));
    }
    series.put(GOAL, values(section, Figure::goal));
    addBars(chart, names, series);
    return chart;
  }

  private interface Value {
    Double of(Figure figure);
  }

  private static List<Number> values(Section section, Value value) {
    List<Number> values = new ArrayList<>();
    section.figures().forEach(figure -> values.add(value.of(figure)));
    return values;
  }

  private static Set<String> peers(Section section) {
    Set<String> peers = new LinkedHashSet<>();
    section
        .figures()
        .forEach(figure -> figure.references().forEach(reference -> peers.add(reference.peer())));
    return peers;
  }

  private static Double valueOf(Figure figure, String peer) {
    return figure.references().stream()
        .filter(reference -> reference.peer().equals(peer))
        .map(Reference::value)
        .findFirst()
        .orElse(null);
  }

  private static void addBars(
      CategoryChart chart, List<String> names, Map<String, List<Number>> series) {
    double least = Double.MAX_VALUE;
    double most = 0;
    for (Map.Entry<String, List<Number>> entry : series.entrySet()) {
      for (Number value : entry.getValue()) {
        if (value != null && value.doubleValue() > 0) {
          least = Math.min(least, value.doubleValue());
          most = Math.max(most, value.doubleValue());
        }
      }
      if (entry.getValue().stream().anyMatch(value -> value != null)) {
        chart.addSeries(entry.getKey(), names, entry.getValue());
      }
    }
    if (most > LOGARITHMIC_FROM * least) {
      chart.getStyler().setYAxisLogarithmic(true);
      chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(least))));
      chart.getStyler().setYAxisMax(Math.pow(10, Math.ceil(Math.log10(most))));
      chart.setYAxisTitle(chart.getYAxisTitle() + ", logarithmic");
    }
  }

  private static CategoryChart rates(Section section) {
    CategoryChart chart = categories("", unit(section));
    List<String> names = section.figures().stream().map(Figure::name).toList();
    addBars(chart, names, Map.of("median", values(section, Figure::median)));
    chart.getStyler().setLegendVisible(false);
    return chart;
  }

  private static CategoryChart percentiles(Section section) {
    CategoryChart chart = categories("percentile of the round trips", unit(section));
    Map<String, List<Number>> series = new LinkedHashMap<>();
    for (Figure figure : section.figures()) {
      List<Number> values = new ArrayList<>();
      Latency.PERCENTILES.forEach(name -> values.add(figure.percentiles().get(name)));
      series.put(figure.name(), values);
    }
    addBars(chart, Latency.PERCENTILES, series);
    return chart;
  }

  private static XYChart byConnections(Section section) {
    XYChart chart = new XYChartBuilder()
        .width(WIDTH)
        .height(HEIGHT)
        .xAxisTitle("established connections, logarithmic")
        .yAxisTitle(unit(section))
        .build();
    style(chart.getStyler());
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setXAxisDecimalPattern("#,##0");
    chart.getStyler().setYAxisMin(0.0);
    List<Double> connections =
        section.figures().stream().map(Charts::connections).toList();
    line(chart, LOWEST, connections, values(section, Figure::min));
    line(chart, MEDIAN, connections, values(section, Figure::median));
    double most =
        4 * section.figures().stream().mapToDouble(Figure::median).max().orElse(1);
    for (String peer : peers(section)) {
      List<Number> values = values(section, figure -> valueOf(figure, peer));
      if (values.stream().allMatch(value -> value == null || value.doubleValue() <= most)) {
        line(chart, peer, connections, values); // the others are in the table
      }
    }
    return chart;
  }

  private static double connections(Figure figure) {
    return Double.parseDouble(figure.parameters().get("connections"));
  }

  private static void line(
      XYChart chart, String name, List<Double> connections, List<Number> values) {
    List<Double> x = new ArrayList<>();
    List<Number> y = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i) != null) {
        x.add(connections.get(i));
        y.add(values.get(i));
      }
    }
    XYSeries series = chart.addSeries(name, x, y);
    series.setLineStyle(new BasicStroke(1.5f));
  }

  private static String svg(Chart<?, ?> chart, Section.Id id) {
    Document document =
        GenericDOMImplementation.getDOMImplementation().createDocument(SVG, "svg", null);
    SVGGeneratorContext context = SVGGeneratorContext.createDefault(document);
    context.setPrecision(PRECISION);
    context.setComment(null);
    context.setIDGenerator(new SVGIDGenerator() {
      @Override
      public String generateID(String prefix) {
        return id.name() + "-" + super.generateID(prefix); // unique among all of the page
      }
    });
    SVGGraphics2D graphics = new SVGGraphics2D(context, false);
    chart.paint(graphics, WIDTH, HEIGHT);
    StringWriter text = new StringWriter();
    try {
      graphics.stream(text, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString()
        .substring(text.toString().indexOf("<svg"))
        .replaceAll("\\n\\s*", " ")
        .replaceFirst("<defs id=\"genericDefs\"\\s*/>", "")
        .replaceFirst(
            "<svg ",
            "<svg role=\"img\" viewBox=\"0 0 " + WIDTH + " " + HEIGHT + "\" aria-label=\""
                + label(chart, id) + "\" ");
  }

  private static String label(Chart<?, ?> chart, Section.Id id) {
    String x = chart.getXAxisTitle();
    return id.title + ": " + chart.getYAxisTitle() + (x.isEmpty() ? "" : ", by " + x);
  }
}
