package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The units of results.
const (
	wall = "wall-s"
	cpu  = "cpu-s" // of the CLI and the provider together
	// memory is the peak of the provider.
	memory      = "MiB"
	requests    = "requests"
	connections = "connections"
)

var units = []string{wall, cpu, memory, requests, connections}

// values are the measurements of one run, by unit.
type values map[string]float64

// results have a line for each run, in the format of Go benchmarks, after lines
// about all of them.
type results struct{ text string }

// The names of benchmarks.
const (
	start    = "Start"
	download = "Download"
)

func read(count int) string { return fmt.Sprintf("Read/n=%d", count) }

// newResults returns results without measurements.
func newResults(ctx context.Context, o options, notMeasured []string) (*results, error) {
	version, err := exec.CommandContext(ctx, os.Getenv("TF_ACC_TERRAFORM_PATH"), "version").Output()
	if err != nil {
		return nil, fmt.Errorf("reading the CLI's version (run make bench, which sets its path): %w", err)
	}
	cli, _, _ := strings.Cut(string(version), "\n")
	describe := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--exclude=*")
	describe.Dir = o.root
	commit, err := describe.Output()
	if err != nil {
		return nil, fmt.Errorf("reading the commit: %w", err)
	}
	header := fmt.Sprintf("commit: %sdate: %s\ncli: %s\ngo: %s\nplatform: %s/%s, %d CPUs%s\nlatency: %s\nparallelism: %d\ndownload: %d MB\n",
		commit, time.Now().UTC().Format(time.DateOnly), cli, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(),
		latency, parallelism, o.download)
	if len(notMeasured) > 0 {
		header += "note: not measured: " + strings.Join(notMeasured, ", ") + "\n"
	}

	return &results{header + "Unit requests assume=exact\n"}, nil
}

// processor returns the name of the processor in parentheses, or "" if it is unknown.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return " (" + strings.TrimSpace(value) + ")"
		}
	}

	return ""
}

// add adds one run of a contender.
func (r *results) add(benchmark, contender string, run values) {
	fields := []string{fmt.Sprintf("Benchmark%s/by=%s 1", benchmark, contender)}
	for _, unit := range units {
		if value, ok := run[unit]; ok {
			fields = append(fields, fmt.Sprintf("%.5g %s", value, unit))
		}
	}
	r.text += strings.Join(fields, " ") + "\n"
}

// about returns what the header says, or "".
func (r *results) about(key string) string {
	for line := range strings.Lines(r.text) {
		if value, ok := strings.CutPrefix(line, key+": "); ok {
			return strings.TrimSpace(value)
		}
	}

	return ""
}

// median returns the median of a unit, and NaN if it was not measured.
func (r *results) median(benchmark, contender, unit string) float64 {
	var sorted []float64
	for line := range strings.Lines(r.text) {
		fields := strings.Fields(line)
		at := slices.Index(fields, unit)
		if at < 1 || fields[0] != "Benchmark"+benchmark+"/by="+contender {
			continue
		}
		if value, err := strconv.ParseFloat(fields[at-1], 64); err == nil {
			sorted = append(sorted, value)
		}
	}
	slices.Sort(sorted)
	if len(sorted) == 0 {
		return math.NaN()
	}

	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// ratio returns our median divided by that of another contender, or by the lowest
// one of the peers if the other one is bestPeer. It is NaN if one was not measured.
func (r *results) ratio(benchmark, other, unit string) float64 {
	divisor := r.median(benchmark, other, unit)
	if other == bestPeer {
		for _, peer := range peers {
			// The comparison with NaN is false.
			if value := r.median(benchmark, peer.label(), unit); !(value >= divisor) && !math.IsNaN(value) {
				divisor = value
			}
		}
	}

	return r.median(benchmark, ours, unit) / divisor
}

// reference returns the number of reads that goals are for: 1,000, or the largest
// measured number below it.
func (r *results) reference() int {
	reference := 0
	for line := range strings.Lines(r.text) {
		var count int
		if _, err := fmt.Sscanf(line, "BenchmarkRead/n=%d/", &count); err == nil && count <= 1000 {
			reference = max(reference, count)
		}
	}

	return reference
}

// goals returns a line for each goal, with the result, and whether it is met.
func (r *results) goals() string {
	count := r.reference()
	reads := read(count)
	var b strings.Builder
	for _, goal := range []struct {
		text          string
		result, limit float64
	}{
		{"wall time, times the floor", r.ratio(reads, floor, wall), 1.14},
		{"wall time, times the best peer", r.ratio(reads, bestPeer, wall), 0.73},
		{"CPU time, times the floor", r.ratio(reads, floor, cpu), 1.55},
		{"CPU time, times the best peer", r.ratio(reads, bestPeer, cpu), 0.58},
		{"memory, times the best peer", r.ratio(reads, bestPeer, memory), 0.25},
		{"requests for each export", r.median(reads, ours, requests) / float64(count), 1},
		{"connections", r.median(reads, ours, connections), parallelism},
		{"requests for a list of all exports", r.median(reads, list, requests), 1},
		// This is 0.90 of the throughput.
		{"time of a download, times curl", r.ratio(download, curl, wall), 1.11},
		{"time of a start, times the best peer", r.ratio(start, bestPeer, wall), 1},
	} {
		verdict := "not measured"
		if goal.result <= goal.limit {
			verdict = fmt.Sprintf("%5.2f, met", goal.result)
		} else if goal.result > goal.limit {
			verdict = fmt.Sprintf("%5.2f, missed", goal.result)
		}
		fmt.Fprintf(&b, "%-37s at most %5.2f: %s\n", goal.text, goal.limit, verdict)
	}

	return fmt.Sprintf("Goals, for %d reads at commit %s:\n%s", count, r.about("commit"), &b)
}

// writeResults writes the table of benchstat, with what the columns are.
func writeResults(ctx context.Context, o options, r *results) error {
	name := filepath.Join(o.out, "results.txt")
	if err := os.WriteFile(name, []byte(r.text), 0o644); err != nil {
		return err
	}
	benchstat := exec.CommandContext(ctx, "go", "tool", "benchstat", "-col", "/by", name)
	benchstat.Dir = filepath.Join(o.root, "tools")
	benchstat.Stderr = os.Stderr
	table, err := benchstat.Output()
	if err != nil {
		return fmt.Errorf("benchstat: %w", err)
	}

	return os.WriteFile(filepath.Join(o.out, "RESULTS.md"), []byte(r.page(string(table))), 0o644)
}

// page returns the text of RESULTS.md.
func (r *results) page(table string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Time and memory to read exports

`+"`make bench`"+` wrote this page from [results.txt](results.txt), which has every run
at commit %s, on %s, with %s.

The column *rebilly* reads each export with this provider's data source, *list* all of
them with one list, and *floor* with a provider that sends nothing and returns after the
same time, which is Terraform's own share; the others are general providers for HTTP
APIs. The rows are `+"`terraform apply`"+` with n exports, the start of the provider until it
has returned its schema, and a verified download of %s. cpu-s is the CPU time
of Terraform and the provider together, and MiB the peak memory of the provider.

`, r.about("commit"), r.about("platform"), r.about("cli"), r.about("download"))
	if note := r.about("note"); note != "" {
		fmt.Fprintf(&b, "Note: %s.\n\n", note)
	}
	// Before the first table, benchstat repeats the lines about all runs.
	before, _, _ := strings.Cut(table, "│")
	fmt.Fprintf(&b, "```text\n%s\n%s```\n", r.goals(), table[strings.LastIndex(before, "\n")+1:])

	return b.String()
}
