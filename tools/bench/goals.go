package main

import (
	"fmt"
	"strings"
)

// writeGoals writes this provider's goals and whether it meets them.
func (r *results) writeGoals(b *strings.Builder) {
	count := r.reference()
	wall := func(r run) float64 { return r.Wall }
	cpu := func(r run) float64 { return r.CPU }
	peak := func(r run) float64 { return r.ProviderPeak }
	start := func(r run) float64 { return r.StartUp }
	of := func(name string, count int, value func(run) float64) float64 {
		s, _ := r.of(name, count, value)

		return s.median
	}
	ratio := func(name string, count int, value func(run) float64) float64 {
		if other := of(name, count, value); other > 0 {
			return of(ours, count, value) / other
		}

		return 0
	}

	fmt.Fprintf(b, "## Goals, for %d exports\n\n| goal | result | |\n|---|--:|---|\n", count)
	goal := func(text, format string, value, limit float64) {
		result, verdict := fmt.Sprintf(format, value), "met"
		switch {
		case value == 0:
			result, verdict = "-", "not measured"
		case value > limit:
			verdict = "missed"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", text, result, verdict)
	}
	goal("wall time at most 1.15 times the floor", "%.2f", ratio(floor, count, wall), 1.15)
	goal("wall time at most 0.75 times the best peer", "%.2f", ratio(r.bestPeer(count, wall), count, wall), 0.75)
	goal("CPU time at most 1.6 times the floor", "%.2f", ratio(floor, count, cpu), 1.6)
	goal("CPU time at most 0.55 times the best peer", "%.2f", ratio(r.bestPeer(count, cpu), count, cpu), 0.55)
	goal(fmt.Sprintf("%d requests", count), "%.0f", of(ours, count, func(r run) float64 { return r.Requests }), float64(count))
	goal("connections at most Terraform's parallelism (10)", "%.0f", of(ours, count, func(r run) float64 { return r.Connections }), 10)
	if fewer := of(ours, 100, peak); fewer > 0 {
		goal("peak memory of the provider at most 1.3 times the peak with 100 exports", "%.2f", of(ours, count, peak)/fewer, 1.3)
	}
	goal("start-up time at most the fastest peer's", "%.2f", ratio(r.bestPeer(0, start), 0, start), 1)
	for _, c := range r.contenders {
		if size, ok := c.megabytes(); c.name == ours && ok {
			goal("program below 18.7 MB, the smallest peer's", "%.1f MB", size, 18.7)
		}
	}
	goal("one request for a list of all exports", "%.0f", of(list, count, func(r run) float64 { return r.Requests }), 1)
	b.WriteString("\n")
}
