package main

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// This provider has a color of its own, so that a reader finds it without a legend.
const (
	ourColor  = "#5c4ee5"
	peerColor = "#848d97"
	lineColor = "#57606a"
	textColor = "#1f2328"
)

// svg is a picture that is being drawn.
type svg struct{ strings.Builder }

func newSVG(width, height int, title string) *svg {
	s := new(svg)
	s.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" font-family="system-ui, sans-serif" font-size="13" fill="%[3]s">
<rect x="0.5" y="0.5" width="%[4]d" height="%[5]d" rx="6" fill="#fff" stroke="#d0d7de"/>
`, width, height, textColor, width-1, height-1)
	s.text(20, 28, `font-size="16" font-weight="bold"`, title)

	return s
}

func (s *svg) printf(format string, arguments ...any) { fmt.Fprintf(&s.Builder, format, arguments...) }

func (s *svg) text(x, y float64, attributes, text string) {
	s.printf("<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, attributes, html.EscapeString(text))
}

func (s *svg) line(x1, y1, x2, y2 float64, attributes string) {
	s.printf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, attributes)
}

func (s *svg) end() string { return s.String() + "</svg>\n" }

// caption says where the values of a plot come from.
func (r *record) caption() string {
	return fmt.Sprintf("Commit %s, %s: %s with %s. Medians of %d runs.", r.Commit, r.day(), r.Command, r.CLI, r.Runs)
}

// bars draws what reads take with this provider and with the peers, relative to the
// floor, the best first.
func (r *record) bars() string {
	const (
		left, width = 210.0, 420.0
		bar, gap    = 20.0, 34.0
	)
	groups := []struct {
		title string
		q     quantity
	}{{"Wall time", wall}, {"CPU time of Terraform and the provider", cpu}, {"Peak memory of the provider", providerPeak}}
	count := r.reference()
	names := []string{ours}
	for _, c := range r.Contenders {
		if c.Peer && c.NotMeasured == "" {
			names = append(names, c.Name)
		}
	}
	longest := 1.0
	for _, group := range groups {
		for _, name := range names {
			ratio, _ := r.ratio(name, floor, read, count, group.q)
			longest = max(longest, ratio)
		}
	}
	scale := width / longest
	top, height := 60.0, float64(len(groups))*(float64(len(names))*bar+gap)

	s := newSVG(720, int(top+height+40), fmt.Sprintf("Time and memory to read %s exports (shorter is better)", thousands(count)))
	floorLine := `stroke="` + textColor + `" stroke-width="1.5"`
	s.line(22, 40, 22, 54, floorLine)
	s.text(30, 51, "", "1.00 is Terraform with a provider that sends no requests")
	y := top
	for _, group := range groups {
		y += gap - 12
		s.text(20, y, `font-weight="bold"`, group.title)
		y += 8
		ratio := func(name string) float64 {
			ratio, _ := r.ratio(name, floor, read, count, group.q)

			return ratio
		}
		slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(ratio(a), ratio(b)) })
		first := y
		for _, name := range names {
			length := ratio(name) * scale
			if length == 0 {
				continue
			}
			color, weight, comparison := peerColor, "normal", ""
			if name == ours {
				color, weight = ourColor, "bold"
				if toBest, ok := r.ratio(name, r.bestPeer(read, count, group.q), read, count, group.q); ok {
					comparison = fmt.Sprintf(", or %.2f times the best peer", toBest)
				}
			}
			s.text(left-8, y+14, `text-anchor="end" font-weight="`+weight+`"`, name)
			s.printf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", left, y+2, length, bar-4, color)
			s.text(left+length+6, y+14, `font-weight="`+weight+`"`, fmt.Sprintf("%.2f", ratio(name))+comparison)
			y += bar
		}
		s.line(left+scale, first-2, left+scale, y+2, floorLine)
		y += 4
	}
	s.text(20, top+height+24, `font-size="12" fill="`+lineColor+`"`, r.caption())

	return s.end()
}

// barsText returns what the bars show, for readers who cannot see them.
func (r *record) barsText() string {
	count := r.reference()
	cell := func(name string, q quantity) string { return r.ratioCell(name, floor, read, count, q) }
	text := fmt.Sprintf("To read %s exports, this provider takes %s times the wall time, %s times the CPU time, and %s times the memory of a provider that sends no requests.",
		thousands(count), cell(ours, wall), cell(ours, cpu), cell(ours, providerPeak))
	if r.hasAllPeers() {
		best := func(q quantity) string { return cell(r.bestPeer(read, count, q), q) }
		text += fmt.Sprintf(" The best peers take %s, %s, and %s times as much.", best(wall), best(cpu), best(providerPeak))
	}

	return text
}

// summary says how this provider compares with the best peers, as README.md has it.
func (r *record) summary() string {
	count := r.reference()
	cell := func(q quantity) string { return r.ratioCell(ours, r.bestPeer(read, count, q), read, count, q) }

	return fmt.Sprintf("%s reads take %s of the wall time and %s of the CPU time of the best peer, and %s of the memory",
		thousands(count), cell(wall), cell(cpu), cell(providerPeak))
}

// chart is a plot of a quantity by the number of exports.
type chart struct {
	file, title string
	q           quantity
	unit        float64
}

var charts = []chart{
	{"wall.svg", "Wall time, in seconds", wall, 1},
	{"memory.svg", "Peak memory of the provider, in MiB", providerPeak, mebibyte},
	{"connections.svg", "Connections", connections, 1},
}

// strokes are the lines of the contenders in charts. Peers have the colors of
// peerStrokes, in order.
var (
	strokes = map[string]string{
		floor: `stroke="` + textColor + `" stroke-dasharray="6 3"`,
		ours:  `stroke="` + ourColor + `"`,
		list:  `stroke="#a295f0"`,
		query: `stroke="#a295f0" stroke-dasharray="6 3"`,
		bare:  `stroke="#8c959f" stroke-dasharray="2 3"`,
	}
	peerStrokes = []string{`stroke="#1a7f37"`, `stroke="#cf222e"`, `stroke="#bc4c00"`}
)

// point is a place in a chart.
type point struct{ x, y float64 }

// lines draws a chart with logarithmic axes.
func (r *record) lines(c chart) string {
	const left, top, width, height = 56.0, 48.0, 430.0, 300.0
	names, counts := r.contenders(read), r.counts()
	points := map[string][]point{}
	low, high := math.Inf(1), math.Inf(-1)
	for _, name := range names {
		for _, count := range counts {
			// The floor has no connections, and a logarithmic axis has no zero.
			if found, ok := r.of(name, read, count, c.q); ok && found.median > 0 {
				value := math.Log10(found.median / c.unit)
				points[name] = append(points[name], point{math.Log10(float64(count)), value})
				low, high = min(low, value), max(high, value)
			}
		}
	}
	low, high = math.Floor(low), max(math.Ceil(high), math.Floor(low)+1)
	first, last := math.Log10(float64(counts[0])), math.Log10(float64(counts[len(counts)-1]))
	at := func(p point) point {
		return point{left + width*(p.x-first)/max(last-first, 1), top + height*(high-p.y)/(high-low)}
	}

	s := newSVG(720, 420, c.title)
	small := `font-size="12" fill="` + lineColor + `" text-anchor=`
	for power := low; power <= high; power++ {
		y := at(point{first, power}).y
		s.line(left, y, left+width, y, `stroke="#d8dee4"`)
		label := fmt.Sprintf("%g", math.Pow(10, power))
		if power >= 3 {
			label = thousands(int(math.Pow(10, power)))
		}
		s.text(left-6, y+4, small+`"end"`, label)
	}
	for i, count := range counts {
		x := at(point{math.Log10(float64(count)), low}).x
		s.line(x, top, x, top+height, `stroke="#d8dee4"`)
		// The labels of 2,000 and 3,000 would overlap.
		if i == len(counts)-1 || 5*counts[i+1] > 9*count {
			s.text(x, top+height+16, small+`"middle"`, thousands(count))
		}
	}
	s.text(left+width/2, top+height+34, small+`"middle"`, "exports")
	peers := 0
	for i, name := range names {
		stroke, ok := strokes[name]
		if !ok {
			stroke = peerStrokes[peers%len(peerStrokes)]
			peers++
		}
		stroke += ` stroke-width="2" fill="none"`
		var path strings.Builder
		for _, p := range points[name] {
			p = at(p)
			fmt.Fprintf(&path, "%.1f,%.1f ", p.x, p.y)
		}
		s.printf("<polyline points=\"%s\" %s/>\n", strings.TrimSpace(path.String()), stroke)
		y := top + 8 + 22*float64(i)
		s.line(left+width+20, y, left+width+44, y, stroke)
		s.text(left+width+50, y+4, `font-size="12"`, name)
	}
	s.text(20, 410, `font-size="12" fill="`+lineColor+`"`, r.caption())

	return s.end()
}
