package main

import (
	"image/color"
	"path/filepath"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// plot draws wall time and connections by number of exports.
func (r *results) plot() error {
	for _, chart := range []struct {
		file, title string
		value       func(run) float64
	}{
		{"wall.svg", "Wall time, in seconds", func(r run) float64 { return r.Wall }},
		{"connections.svg", "Connections", func(r run) float64 { return r.Connections }},
	} {
		p := plot.New()
		p.BackgroundColor = color.White
		p.Title.Text, p.X.Label.Text = chart.title, "exports"
		p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
		p.X.Tick.Marker, p.Y.Tick.Marker = decimalTicks{}, decimalTicks{}
		p.Add(plotter.NewGrid())
		p.Legend.Top, p.Legend.Left = true, true
		for i, c := range r.contenders {
			if err := r.draw(p, i, c, chart.value); err != nil {
				return err
			}
		}
		// Leave room for the legend and for points at the edges.
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = p.X.Min/1.1, p.X.Max*1.1, p.Y.Min/1.1, p.Y.Max*4
		if err := p.Save(18*vg.Centimeter, 11*vg.Centimeter, filepath.Join(r.options.out, chart.file)); err != nil {
			return err
		}
	}

	return nil
}

// draw draws the line of a contender, in the same color in every plot.
func (r *results) draw(p *plot.Plot, index int, c *contender, value func(run) float64) error {
	var points plotter.XYs
	for _, count := range r.options.counts {
		// The floor has no connections, and a logarithmic axis has no zero.
		if s, ok := r.of(c.name, count, value); ok && s.median > 0 {
			points = append(points, plotter.XY{X: float64(count), Y: s.median})
		}
	}
	if len(points) == 0 {
		return nil
	}
	line, marks, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color, marks.Color, marks.Shape = plotutil.Color(index), plotutil.Color(index), plotutil.Shape(index)
	line.Width, marks.Radius = vg.Points(1.5), vg.Points(3)
	p.Add(line, marks)
	p.Legend.Add(c.name, line, marks)

	return nil
}

// decimalTicks labels logarithmic ticks with decimal numbers.
type decimalTicks struct{}

// Ticks implements plot.Ticker.
func (decimalTicks) Ticks(low, high float64) []plot.Tick {
	ticks := plot.LogTicks{}.Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = strconv.FormatFloat(ticks[i].Value, 'f', -1, 64)
		}
	}

	return ticks
}
