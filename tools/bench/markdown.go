package main

import (
	"fmt"
	"strconv"
	"strings"
)

const mebibyte = 1 << 20

// measure is one of the things that are told of every run.
type measure struct {
	title string
	value func(run) float64
	// digits are those behind the point.
	digits int
	// ratios says that the ratios to the floor and to the best peer are told.
	ratios bool
}

var measures = []measure{
	{"Wall time, in seconds", func(r run) float64 { return r.Wall }, 2, true},
	{"CPU time of the CLI and the provider together, in seconds", func(r run) float64 { return r.CPU }, 2, true},
	{"CPU time of the provider, in seconds", func(r run) float64 { return r.ProviderCPU }, 2, true},
	{"Peak memory of the CLI, in MiB", func(r run) float64 { return r.Peak / mebibyte }, 0, false},
	{"Peak memory of the provider, in MiB", func(r run) float64 { return r.ProviderPeak / mebibyte }, 1, false},
	{"Requests", func(r run) float64 { return r.Requests }, 0, false},
	{"Connections", func(r run) float64 { return r.Connections }, 0, false},
	{"TLS handshakes", func(r run) float64 { return r.Handshakes }, 0, false},
	{"Size of the state, in KiB", func(r run) float64 { return r.State / 1024 }, 0, false},
}

// markdown returns all results as text.
func (r *results) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# What it takes to read exports

Made by %[1]smake bench%[1]s, never by hand: %[2]s.

Every contender reads the same exports by one %[1]sterraform apply%[1]s with %[1]s-parallelism=%[3]d%[1]s
from the fake API of this project, over TLS and HTTP/2 on loopback, where every
answer takes %[4]s. The numbers are medians of %[5]d runs, in turn, with the least
and the most in brackets.

- *floor* is a provider with the same data source that sends nothing and answers
  after the same time: Terraform's own share.
- *this provider, one list* reads the same exports by one data source
  %[1]srebilly_organization_exports%[1]s; a page has at most %[6]d.
- *net/http alone* is a Go program without Terraform that sends the same requests.

`, "`", r.machine, r.options.parallelism, r.options.latency, r.options.runs, listed)
	r.writeGoals(&b)
	b.WriteString("![wall time](wall.svg)\n\n![connections](connections.svg)\n\n")
	for _, measure := range measures {
		r.writeTable(&b, measure)
	}
	r.writePrograms(&b)

	return b.String()
}

func (r *results) writeTable(b *strings.Builder, m measure) {
	fmt.Fprintf(b, "## %s\n\n| contender |", m.title)
	for _, count := range r.options.counts {
		fmt.Fprintf(b, " %d |", count)
	}
	if m.ratios {
		fmt.Fprintf(b, " of the floor | of the best peer |")
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(r.options.counts)))
	if m.ratios {
		b.WriteString("--:|--:|")
	}
	b.WriteString("\n")
	for _, c := range r.contenders {
		fmt.Fprintf(b, "| %s |", c.name)
		if c.missing != "" {
			fmt.Fprintf(b, " %s |%s\n", c.missing, strings.Repeat(" |", len(r.options.counts)-1))

			continue
		}
		for _, count := range r.options.counts {
			text := "-"
			if s, ok := r.of(c.name, count, m.value); ok && (s.most > 0 || c.provider != "") {
				text = s.text(m.digits)
			}
			fmt.Fprintf(b, " %s |", text)
		}
		if m.ratios {
			count := r.reference()
			fmt.Fprintf(b, " %s | %s |", r.ratio(c.name, floor, count, m.value), r.ratio(c.name, r.bestPeer(count, m.value), count, m.value))
		}
		b.WriteString("\n")
	}
	if m.ratios {
		fmt.Fprintf(b, "\nThe ratios are those of %d exports.\n", r.reference())
	}
	b.WriteString("\n")
}

func (s spread) text(digits int) string {
	number := func(value float64) string { return strconv.FormatFloat(value, 'f', digits, 64) }
	if number(s.least) == number(s.most) {
		return number(s.median)
	}

	return fmt.Sprintf("%s (%s-%s)", number(s.median), number(s.least), number(s.most))
}

// reference is the number of exports that ratios and goals are told for: 1000,
// or the most below it.
func (r *results) reference() int {
	reference := r.options.counts[0]
	for _, count := range r.options.counts {
		if count <= 1000 {
			reference = max(reference, count)
		}
	}

	return reference
}

// ratio tells the median of one contender as a multiple of another's.
func (r *results) ratio(name, other string, count int, value func(run) float64) string {
	a, ok := r.of(name, count, value)
	b, there := r.of(other, count, value)
	if !ok || !there || b.median == 0 {
		return "-"
	}

	return fmt.Sprintf("%.2f", a.median/b.median)
}

// bestPeer is the peer with the least; "" where none was measured.
func (r *results) bestPeer(count int, value func(run) float64) string {
	best, least := "", 0.0
	for _, peer := range peers {
		name := peer.source + " " + peer.version
		if s, ok := r.of(name, count, value); ok && (best == "" || s.median < least) {
			best, least = name, s.median
		}
	}

	return best
}

// writePrograms tells what does not depend on the number of exports.
func (r *results) writePrograms(b *strings.Builder) {
	b.WriteString("## Programs\n\nStart-up is the time from the start of the process to its schema. Sizes are those of a release.\n\n" +
		"| contender | start-up, in ms | size, in MB |\n|---|--:|--:|\n")
	for _, c := range r.contenders {
		if c.missing != "" || c.name == list {
			continue
		}
		start, size := "-", "-"
		if s, ok := r.of(c.name, 0, func(r run) float64 { return 1000 * r.StartUp }); ok {
			start = s.text(1)
		}
		if megabytes, ok := c.megabytes(); ok {
			size = fmt.Sprintf("%.1f", megabytes)
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", c.name, start, size)
	}
}
