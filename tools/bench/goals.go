package main

import (
	"cmp"
	"fmt"
	"strings"
)

// Why goals are missed, as measured. DESIGN.md has the figures.
const (
	frameworkReason = "the framework's share ([details](../DESIGN.md#time-and-memory-of-a-read))"
	startReason     = "1.3 ms ([details](../DESIGN.md#start-up))"
	keptReason      = "the framework keeps 500 bytes of each read ([details](../DESIGN.md#time-and-memory-of-a-read))"
	sizeReason      = "the plugin libraries ([details](../DESIGN.md#size-of-the-program))"
)

// writeGoals writes this provider's goals, whether it meets them, and the reasons
// for those that it misses.
func (r *record) writeGoals(b *strings.Builder) {
	count := r.reference()
	fmt.Fprintf(b, "### Goals, for %s exports\n\n| goal | result | |\n|---|--:|---|\n", thousands(count))
	goal := func(text, format string, value float64, measured bool, limit float64, reason string) {
		result, verdict := fmt.Sprintf(format, value), "met"
		switch {
		case !measured:
			result, verdict = "-", "not measured"
		case value > limit && reason != "":
			verdict = "missed: " + reason
		case value > limit:
			verdict = "missed"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", text, result, verdict)
	}
	// ratio compares this provider with another contender.
	ratio := func(text, other string, t task, count int, q quantity, limit float64, reason string) {
		value, measured := r.ratio(ours, other, t, count, q)
		goal(text, "%.2f", value, measured, limit, reason)
	}
	number := func(text, contender string, q quantity, limit int) {
		s, measured := r.of(contender, read, count, q)
		goal(text, "%.0f", s.median, measured, float64(limit), "")
	}

	ratio("wall time at most 1.15 times the floor", floor, read, count, wall, 1.15, frameworkReason)
	ratio("wall time at most 0.65 times the best peer", r.bestPeer(read, count, wall), read, count, wall, 0.65, frameworkReason)
	ratio("CPU time of the CLI and the provider at most 1.40 times the floor", floor, read, count, cpu, 1.4, frameworkReason)
	ratio("CPU time of the CLI and the provider at most 0.47 times the best peer", r.bestPeer(read, count, cpu), read, count, cpu, 0.47, frameworkReason)
	few, fewMeasured := r.of(ours, read, 100, providerPeak)
	many, manyMeasured := r.of(ours, read, 3000, providerPeak)
	goal("peak memory of the provider with 3,000 exports at most 1.1 times the peak with 100", "%.2f",
		many.median/few.median, fewMeasured && manyMeasured, 1.1, keptReason)
	ratio("peak memory of the provider at most a third of the best peer's", r.bestPeer(read, count, providerPeak), read, count, providerPeak, 1.0/3, frameworkReason)
	number(thousands(count)+" requests", ours, requests, count)
	number(fmt.Sprintf("connections at most Terraform's parallelism (%d)", r.Parallelism), ours, connections, r.Parallelism)
	// 1.11 times the time is 0.90 of the throughput.
	ratio("time of a download at most 1.11 times that of curl", curl, download, 0, wall, 1.11, "")
	number("one request for a list of all exports", list, requests, 1)
	// A median below the other's upper quartile is no difference that a user notices.
	spread := func(t task) string {
		mine, peer := r.find(ours, t, 0), r.find(r.bestPeer(t, 0, wall), t, 0)
		if mine != nil && peer != nil && spreadOf(mine.Values[wall]).median <= quartile(peer.Values[wall]) {
			return "within the spread of the runs"
		}

		return ""
	}
	ratio("start-up time at most the fastest peer's", r.bestPeer(startUp, 0, wall), startUp, 0, wall, 1, cmp.Or(spread(startUp), startReason))
	ratio("time of `terraform validate` at most the fastest peer's", r.bestPeer(validate, 0, wall), validate, 0, wall, 1, spread(validate))
	ratio("time of `terraform providers schema` at most the fastest peer's", r.bestPeer(schema, 0, wall), schema, 0, wall, 1, spread(schema))
	for _, c := range r.Contenders {
		if c.Name == ours {
			smallest, measured := r.smallestPeer()
			goal("program at most as large as the smallest peer", "%.1f MB", float64(c.Size)/1e6, measured && c.Size > 0, float64(smallest)/1e6, sizeReason)
		}
	}
	b.WriteString("\n")
}

// smallestPeer returns the size of the smallest program of a peer, in bytes, and
// false if there is none.
func (r *record) smallestPeer() (size int64, measured bool) {
	for _, c := range r.Contenders {
		if c.Peer && c.Size > 0 && (!measured || c.Size < size) {
			size, measured = c.Size, true
		}
	}

	return size, measured
}
