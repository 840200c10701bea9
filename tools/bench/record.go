package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// record is a measured run of this program, as the folder bench/results has it.
type record struct {
	// Commit is the short hash of the measured commit, with the suffix "-dirty" if
	// the tree had other changes.
	Commit string `json:"commit"`
	// Date is the time of the measurement (RFC 3339), or only its date.
	Date    string `json:"date"`
	Command string `json:"command"`
	// Note says what else a reader must know about the values.
	Note      string `json:"note,omitempty"`
	CLI       string `json:"cli"`
	Go        string `json:"go"`
	Platform  string `json:"platform"`
	CPUs      int    `json:"cpus"`
	Processor string `json:"processor,omitempty"`

	Runs        int    `json:"runs"`
	Latency     string `json:"latency"`
	Parallelism int    `json:"parallelism"`
	// Download is the size of the downloaded file, in bytes.
	Download int64 `json:"download,omitempty"`

	Contenders []contenderRecord `json:"contenders"`
	Series     []*series         `json:"series"`
}

// contenderRecord describes a contender.
type contenderRecord struct {
	Name string `json:"name"`
	Peer bool   `json:"peer,omitempty"`
	// Size is the size of the program, in bytes.
	Size int64 `json:"size,omitempty"`
	// NotMeasured says why the contender was not measured, or is empty.
	NotMeasured string `json:"notMeasured,omitempty"`
}

// task is what a contender does in a run.
type task string

const (
	read     task = "read"
	startUp  task = "start-up"
	validate task = "validate"
	schema   task = "providers schema"
	download task = "download"
)

// quantity is what is measured in a run: seconds, bytes, or a count.
type quantity string

const (
	wall         quantity = "wall"
	cpu          quantity = "cpu"
	providerCPU  quantity = "providerCPU"
	peak         quantity = "peak"
	providerPeak quantity = "providerPeak"
	requests     quantity = "requests"
	connections  quantity = "connections"
	handshakes   quantity = "handshakes"
	state        quantity = "state"
)

// values are the measurements of one run.
type values map[quantity]float64

// series are the runs of one contender with the same task.
type series struct {
	Contender string `json:"contender"`
	Task      task   `json:"task"`
	Exports   int    `json:"exports,omitempty"`
	// Values has one value for each run, in order.
	Values map[quantity][]float64 `json:"values"`
}

// newRecord returns a record without measurements.
func newRecord(ctx context.Context, o options) (*record, error) {
	version, err := exec.CommandContext(ctx, os.Getenv("TF_ACC_TERRAFORM_PATH"), "version").Output()
	if err != nil {
		return nil, fmt.Errorf("reading the CLI's version (run make bench, which sets its path): %w", err)
	}
	cli, _, _ := strings.Cut(string(version), "\n")
	commit, err := currentCommit(ctx, o.root)
	if err != nil {
		return nil, fmt.Errorf("reading the commit: %w", err)
	}
	command := "make bench"
	if arguments := os.Args[1:]; len(arguments) > 0 {
		command = "tools/with-cli.sh .bin/bench " + strings.Join(arguments, " ")
	}

	return &record{
		Commit: commit, Date: time.Now().UTC().Format(time.RFC3339), Command: command,
		CLI: cli, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Processor: processor(),
		Runs: o.runs, Latency: o.latency.String(), Parallelism: o.parallelism, Download: o.download * 1e6,
	}, nil
}

// currentCommit returns the commit of the tree. What this program writes is not a
// change.
func currentCommit(ctx context.Context, root string) (string, error) {
	git := func(arguments ...string) (string, error) {
		command := exec.CommandContext(ctx, "git", arguments...)
		command.Dir = root
		output, err := command.Output()

		return strings.TrimSpace(string(output)), err
	}
	commit, err := git("rev-parse", "--short", "HEAD")
	if err != nil {
		return "", err
	}
	_, err = git("diff", "--quiet", "HEAD", "--", ":!bench/RESULTS.md", ":!bench/*.svg", ":!bench/results")
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		return commit + "-dirty", nil
	}

	return commit, err
}

// processor returns the name of the processor, or "" if it is unknown.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}

	return ""
}

// add adds the measurements of one run, rounded to what they can tell.
func (r *record) add(contender string, t task, exports int, run values) {
	s := r.find(contender, t, exports)
	if s == nil {
		s = &series{Contender: contender, Task: t, Exports: exports, Values: map[quantity][]float64{}}
		r.Series = append(r.Series, s)
	}
	for q, value := range run {
		s.Values[q] = append(s.Values[q], math.Round(value*1e4)/1e4)
	}
}

func (r *record) find(contender string, t task, exports int) *series {
	for _, s := range r.Series {
		if s.Contender == contender && s.Task == t && s.Exports == exports {
			return s
		}
	}

	return nil
}

// of returns the spread of a quantity, and false if it was not measured.
func (r *record) of(contender string, t task, exports int, q quantity) (spread, bool) {
	s := r.find(contender, t, exports)
	if s == nil || len(s.Values[q]) == 0 {
		return spread{}, false
	}

	return spreadOf(s.Values[q]), true
}

// ratio returns the median of one contender divided by the median of another, and
// false if one of them was not measured.
func (r *record) ratio(contender, other string, t task, exports int, q quantity) (float64, bool) {
	a, ok := r.of(contender, t, exports, q)
	b, otherOK := r.of(other, t, exports, q)
	if !ok || !otherOK || b.median == 0 {
		return 0, false
	}

	return a.median / b.median, true
}

// bestPeer returns the peer with the lowest median, or "" if none was measured.
func (r *record) bestPeer(t task, exports int, q quantity) string {
	best, low := "", math.Inf(1)
	for _, c := range r.Contenders {
		if s, ok := r.of(c.Name, t, exports, q); ok && c.Peer && s.median < low {
			best, low = c.Name, s.median
		}
	}

	return best
}

// counts returns the numbers of exports that were read, in order.
func (r *record) counts() []int {
	var counts []int
	for _, s := range r.Series {
		if s.Task == read {
			counts = append(counts, s.Exports)
		}
	}
	slices.Sort(counts)

	return slices.Compact(counts)
}

// reference returns the number of exports for ratios and goals: 1,000, or the
// largest measured number below it.
func (r *record) reference() int {
	counts := r.counts()
	reference := counts[0]
	for _, count := range counts {
		if count <= 1000 {
			reference = count
		}
	}

	return reference
}

// measured reports whether a quantity of reads was measured, and not always zero.
func (r *record) measured(q quantity) bool {
	return slices.ContainsFunc(r.Series, func(s *series) bool { return s.Task == read && spreadOf(s.Values[q]).median > 0 })
}

// hasAllPeers reports whether the run had peers, and all of them were measured.
func (r *record) hasAllPeers() bool {
	peers := 0
	for _, c := range r.Contenders {
		if !c.Peer {
			continue
		}
		if c.NotMeasured != "" {
			return false
		}
		peers++
	}

	return peers > 0
}

// spread is the median, the smallest, and the largest of several measurements.
type spread struct {
	median, low, high float64
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	values = slices.Sorted(slices.Values(values))
	middle := len(values) / 2
	median := values[middle]
	if len(values)%2 == 0 {
		median = (values[middle-1] + values[middle]) / 2
	}

	return spread{median, values[0], values[len(values)-1]}
}

// quartile returns the upper quartile of values.
func quartile(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))

	return sorted[len(sorted)*3/4]
}

// save writes the record into a folder. A record of the same commit is replaced.
func (r *record) save(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	// One line for each contender and each series.
	for _, start := range []string{`{"name":`, `{"contender":`} {
		text = bytes.ReplaceAll(text, []byte(start), []byte("\n"+start))
	}

	return os.WriteFile(filepath.Join(folder, r.Commit+".json"), append(text, '\n'), 0o644)
}

// loadRecords returns the records in a folder, the newest first.
func loadRecords(folder string) ([]*record, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	records := make([]*record, len(names))
	for i, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &records[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	slices.SortStableFunc(records, func(a, b *record) int { return cmp.Compare(b.Date, a.Date) })

	return records, nil
}
