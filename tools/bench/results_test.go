package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// committed is the folder with the results of the repository.
const committed = "../../bench"

func TestGoals_metMissedAndNotMeasured(t *testing.T) {
	t.Parallel()
	r := &results{"commit: abc1234\n"}
	for _, seconds := range []float64{9, 2, 1} {
		r.add(read(1000), floor, values{wall: seconds})
	}
	for _, peer := range peers[:2] {
		r.add(read(1000), peer.label(), values{wall: 4, cpu: 3, memory: 100})
		r.add(read(1000), peer.label(), values{wall: 6, cpu: 5, memory: 100})
	}
	r.add(read(1000), peers[1].label(), values{wall: 7, cpu: 1})
	r.add(read(1000), ours, values{wall: 2.2, cpu: 2.1, memory: 25, requests: 2000, connections: 11})
	r.add(read(3000), ours, values{wall: 100})
	for _, want := range []string{
		"Goals, for 1000 reads at commit abc1234:",
		"wall time, times the floor            at most  1.14:  1.10, met",
		"wall time, times the best peer        at most  0.73:  0.44, met",
		"CPU time, times the floor             at most  1.55: not measured",
		"CPU time, times the best peer         at most  0.58:  0.70, missed",
		"memory, times the best peer           at most  0.25:  0.25, met",
		"requests for each export              at most  1.00:  2.00, missed",
		"connections                           at most 10.00: 11.00, missed",
		"requests for a list of all exports    at most  1.00: not measured",
	} {
		if !strings.Contains(r.goals(), want+"\n") {
			t.Errorf("missing %q in:\n%s", want, r.goals())
		}
	}
}

// newest returns the results of the repository.
func newest(t *testing.T) *results {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(committed, "results.txt"))
	if err != nil {
		t.Fatal(err)
	}

	return &results{string(text)}
}

func TestCommittedResults_areWhatTheyRenderTo(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := writeResults(t.Context(), options{root: root, out: out}, newest(t)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"results.txt", "RESULTS.md"} {
		want, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(committed, name)); err != nil || string(got) != string(want) {
			t.Errorf("%s is not what the results render to; run make bench-render (%v)", name, err)
		}
	}
}

// Lines of pages break where they are full, so only words count.
func TestPages_haveTheFiguresOfTheResults(t *testing.T) {
	t.Parallel()
	r := newest(t)
	seconds := func(contender string, exports int) string {
		return fmt.Sprintf("%.1f s", r.median(read(exports), contender, wall))
	}
	for page, wanted := range map[string][]string{
		"README.md": {
			fmt.Sprintf("1,000 reads take %.2f of the wall time of ", r.ratio(read(1000), bestPeer, wall)),
			fmt.Sprintf("a verified download of 2 GB takes %.2f times as long as curl", r.ratio(download, curl, wall)),
			fmt.Sprintf("commit %s, with %s)", r.about("commit"), r.about("cli")),
		},
		"templates/guides/scale-and-rate-limits.md.tmpl": {
			r.about("cli") + " read exports",
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
