package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// committed is the folder with the results of the repository.
const committed = "../../bench"

// newTestRecord returns a record with the given series of reads.
func newTestRecord(commit, date string, contenders []contenderRecord, reads map[string]map[int]values) *record {
	r := &record{Commit: commit, Date: date, Command: "make bench", CLI: "Terraform v1.11.4", Runs: 1, Parallelism: 10, Contenders: contenders}
	for _, c := range contenders {
		for _, count := range []int{100, 1000, 3000} {
			if run, ok := reads[c.Name][count]; ok {
				r.add(c.Name, read, count, run)
			}
		}
	}

	return r
}

func TestSpread_medianAndRange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		values []float64
		want   spread
		text   string
	}{
		"none": {nil, spread{}, "0.0"},
		"odd":  {[]float64{3, 1, 2}, spread{2, 1, 3}, "2.0 (1.0-3.0)"},
		"even": {[]float64{4, 1, 2, 3}, spread{2.5, 1, 4}, "2.5 (1.0-4.0)"},
		"same": {[]float64{2, 2}, spread{2, 2, 2}, "2.0"},
	} {
		if got := spreadOf(test.values); got != test.want || got.text(1) != test.text {
			t.Errorf("%s: got %v, %s", name, got, got.text(1))
		}
	}
}

func TestGoals_metMissedAndNotMeasured(t *testing.T) {
	t.Parallel()
	r := newTestRecord("abc1234", "2026-11-25", []contenderRecord{{Name: floor}, {Name: ours, Size: 18_538_658}, {Name: "hashicorp/http 3.5.0", Peer: true, Size: 17_200_000}}, map[string]map[int]values{
		floor: {1000: {wall: 2, cpu: 1}},
		ours:  {100: {providerPeak: 25}, 1000: {wall: 2.2, cpu: 2, requests: 1000, connections: 3}, 3000: {providerPeak: 30}},
	})
	program := "program at most as large as the smallest peer"
	var b strings.Builder
	r.writeGoals(&b)
	for _, want := range []string{
		"for 1,000 exports",
		"| wall time at most 1.15 times the floor | 1.10 | met |",
		"| CPU time of the CLI and the provider at most 1.40 times the floor | 2.00 | missed: " + frameworkReason + " |",
		"| wall time at most 0.65 times the best peer | - | not measured |",
		"| connections at most Terraform's parallelism (10) | 3 | met |",
		"| peak memory of the provider with 3,000 exports at most 1.1 times the peak with 100 | 1.20 | missed: " + keptReason + " |",
		"| " + program + " | 18.5 MB | missed: " + sizeReason + " |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("missing %q in:\n%s", want, &b)
		}
	}
}

func TestRender_newestRunWithoutAPeerKeepsTheLastRunWithAll(t *testing.T) {
	t.Parallel()
	reads := map[string]map[int]values{
		floor:                  {1000: {wall: 2, cpu: 1, providerPeak: 20}},
		ours:                   {1000: {wall: 2.5, cpu: 2, providerPeak: 30}},
		"hashicorp/http 3.5.0": {1000: {wall: 5, cpu: 3, providerPeak: 90}},
	}
	older := newTestRecord("older00", "2026-11-24", []contenderRecord{
		{Name: floor}, {Name: ours}, {Name: query, NotMeasured: "the CLI is too old"}, {Name: "hashicorp/http 3.5.0", Peer: true},
	}, reads)
	newer := newTestRecord("newer00", "2026-11-24T10:00:00Z", []contenderRecord{
		{Name: floor}, {Name: ours}, {Name: "hashicorp/http 3.5.0", Peer: true, NotMeasured: "it has a day off"}, {Name: "magodo/restful 0.25.1", Peer: true},
	}, map[string]map[int]values{floor: reads[floor], ours: reads[ours], "magodo/restful 0.25.1": reads[ours]})
	folder := t.TempDir()
	for _, r := range []*record{older, newer} {
		if err := r.save(folder); err != nil {
			t.Fatal(err)
		}
	}
	records, err := loadRecords(folder)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(records, []*record{newer, older}) {
		t.Fatalf("loaded %v", records)
	}

	files := render(records)
	newest, withPeers, _ := strings.Cut(files["RESULTS.md"], "## Run with all peers at commit older00, 2026-11-24\n")
	if !strings.Contains(newest, "## Run at commit newer00, 2026-11-24\n") || strings.Count(newest, "hashicorp/http 3.5.0") != 1 ||
		!strings.Contains(newest, "- *hashicorp/http 3.5.0* was not measured: it has a day off.\n") {
		t.Errorf("the newest run must name the peer in one line only:\n%s", newest)
	}
	if !strings.Contains(withPeers, "| wall time at most 0.65 times the best peer | 0.50 | met |") || !strings.Contains(withPeers, "(performance.svg)") {
		t.Errorf("the run with peers lacks its goals or plots:\n%s", withPeers)
	}
	for name, plot := range files {
		if strings.HasSuffix(name, ".svg") && !strings.Contains(plot, "Commit older00, 2026-11-24: make bench") {
			t.Errorf("%s does not say which run it shows", name)
		}
	}
}

func TestBars_bestFirst(t *testing.T) {
	t.Parallel()
	plot := newTestRecord("abc1234", "2026-11-24", []contenderRecord{{Name: floor}, {Name: ours}, {Name: "slow", Peer: true}, {Name: "fast", Peer: true}}, map[string]map[int]values{
		floor: {1000: {wall: 2}}, ours: {1000: {wall: 3}}, "slow": {1000: {wall: 5}}, "fast": {1000: {wall: 2.5}},
	}).bars()
	last := 0
	for _, want := range []string{">fast<", ">1.25<", ">this provider<", ">1.50, or 1.20 times the best peer<", ">slow<", ">2.50<"} {
		found := strings.Index(plot, want)
		if found < last {
			t.Errorf("%s is missing, or not in order, in:\n%s", want, plot)
		}
		last = found
	}
}

func TestQueryMissing_beforeTerraform1_14(t *testing.T) {
	t.Parallel()
	for cli, missing := range map[string]bool{
		"Terraform v1.11.4": true, "Terraform v1.14.0-rc1": false, "Terraform v2.0.0": false, "OpenTofu v1.14.0": true,
	} {
		if reason := queryMissing(cli); (reason != "") != missing {
			t.Errorf("%s: got %q", cli, reason)
		}
	}
}

func TestCommittedResults_areWhatTheRecordsRenderTo(t *testing.T) {
	t.Parallel()
	records, err := loadRecords(filepath.Join(committed, "results"))
	if err != nil {
		t.Fatal(err)
	}
	files := render(records)
	plots, err := filepath.Glob(filepath.Join(committed, "*.svg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range plots {
		if _, ok := files[filepath.Base(path)]; !ok {
			t.Errorf("%s is not a plot of the benchmark", path)
		}
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(committed, name)); err != nil || string(got) != want {
			t.Errorf("%s is not what the records render to; run make bench-render (%v)", name, err)
		}
	}
}

// Lines of pages break where they are full, so only words count.
func TestPages_haveTheFiguresOfTheRecords(t *testing.T) {
	t.Parallel()
	records, err := loadRecords(filepath.Join(committed, "results"))
	if err != nil {
		t.Fatal(err)
	}
	r, newest := newestWithAllPeers(records), records[0]
	times, _ := newest.ratio(ours, curl, download, 0, wall)
	seconds := func(contender string, exports int) string {
		s, _ := newest.of(contender, read, exports, wall)

		return fmt.Sprintf("%.1f s", s.median)
	}
	for page, wanted := range map[string][]string{
		"README.md": {
			r.summary(),
			"![" + r.barsText() + "](bench/performance.svg)",
			fmt.Sprintf("Commit %s, %s: `%s` with %s. The fake API responds after %s.", r.Commit, r.day(), r.Command, r.CLI, r.Latency),
			"The newest run, at commit " + newest.Commit,
			newest.summary(),
			newest.barsText(),
			fmt.Sprintf("A verified download of %d GB takes %.2f times as long as curl.", newest.Download/1e9, times),
		},
		"templates/guides/scale-and-rate-limits.md.tmpl": {
			newest.CLI + " read exports",
			"| 100 | " + seconds(ours, 100) + " | " + seconds(list, 100) + " |",
			"| 1,000 | " + seconds(ours, 1000) + " | " + seconds(list, 1000) + " |",
			"| 3,000 | " + seconds(ours, 3000) + " | - |",
		},
	} {
		text, err := os.ReadFile(filepath.Join(committed, "..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wanted {
			if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), want) {
				t.Errorf("%s lacks %q", page, want)
			}
		}
	}
}
