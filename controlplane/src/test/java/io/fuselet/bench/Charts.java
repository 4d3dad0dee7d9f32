// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bench;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Bars of the figures, as SVG elements that a page can contain. */
final class Charts {
    private static final int WIDTH = 1150;
    private static final int HEIGHT = 460;

    private final Results results;
    private final String lower;

    Charts(Results results, String lower) {
        this.results = results;
        this.lower = lower;
    }

    /** How many times native, for systems of which that can be shown on one linear scale. */
    String ratios(List<String> systems, List<String> cases) {
        CategoryChart chart = chart("times native (1.0 = native " + lower + ")");
        for (String system : systems) {
            chart.addSeries(system, cases, cases.stream().map(name -> results.ratio(lower, system, name).orElse(0)).toList());
        }
        return svg(chart);
    }

    /** Instructions on a logarithmic scale. */
    String instructions(List<String> systems, List<String> cases) {
        CategoryChart chart = chart("guest instructions, logarithmic");
        // Bars stand on it: 0 has no place on a logarithmic axis.
        chart.getStyler().setYAxisMin(100.0).setYAxisLogarithmic(true);
        for (String system : systems) {
            chart.addSeries(system, cases, cases.stream()
                    .map(name -> results.find(lower, system, name).map(Result::value).filter(value -> value > 0).orElse(100.0))
                    .toList());
        }
        return svg(chart);
    }

    private static CategoryChart chart(String axis) {
        CategoryChart chart = new CategoryChartBuilder().width(WIDTH).height(HEIGHT).yAxisTitle(axis).build();
        chart.getStyler()
                .setLegendPosition(LegendPosition.OutsideS)
                .setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setAvailableSpaceFill(0.8).setXAxisLabelRotation(45);
        return chart;
    }

    private static String svg(CategoryChart chart) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            VectorGraphicsEncoder.saveVectorGraphic(chart, out, VectorGraphicsFormat.SVG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String document = out.toString(StandardCharsets.UTF_8);
        // Without the XML declaration and document type, which belong to files.
        return document.substring(document.indexOf("<svg"));
    }
}
