package provider

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// yearsVariable is the environment variable with the number of years to simulate.
const yearsVariable = "REBILLY_TEST_YEARS"

// TestSimulation_keepsPromises draws years, and lives through them. See "A simulated
// year" in DESIGN.md.
func TestSimulation_keepsPromises(t *testing.T) { //nolint:tparallel // The statistics wait for the years.
	t.Parallel()
	years, err := strconv.Atoi(cmp.Or(os.Getenv(yearsVariable), "20"))
	if err != nil {
		t.Fatalf("%s: %v", yearsVariable, err)
	}
	counts := &statistics{years: map[string]int{}}
	workers := min(runtime.GOMAXPROCS(0), years)
	// A year takes most of a second, and rapid would repeat its file of the last
	// failure without asking.
	for name, value := range map[string]string{"checks": strconv.Itoa((years + workers - 1) / workers), "nofailfile": "true", "shrinktime": "2m"} {
		if err := flag.Set("rapid."+name, value); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("years", func(t *testing.T) {
		for worker := range workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(rt *rapid.T) {
					y := live(t, drawSchedule(rt))
					counts.add(y)
					if y.violation != nil {
						rt.Logf("%s", y.report())
						rt.Fatal(y.violation)
					}
				})
			})
		}
	})
	if !t.Failed() {
		counts.report(t)
	}
}

// schedule is everything that happens in a year. Two years with the same schedule
// are the same.
type schedule struct {
	// Skew is how far Rebilly's clock is ahead of the machine's.
	Skew time.Duration
	// Jitter is the seed of the client's random delays; zero means none.
	Jitter uint64
	Start  settings
	Events []event
}

// event is something that happens on a day, before or during its run.
type event struct {
	Day  int
	Kind string
	// How is one of the kind's variants.
	How string
	// At is how long after the beginning of the run the event begins, and For how
	// long it lasts, if that matters for its kind.
	At, For time.Duration
}

// String returns the event as a Go literal.
func (e event) String() string {
	text := fmt.Sprintf("{Day: %d, Kind: %q, How: %q", e.Day, e.Kind, e.How)
	if e.At > 0 {
		text += fmt.Sprintf(", At: %d * time.Second", e.At/time.Second)
	}
	if e.For > 0 {
		text += fmt.Sprintf(", For: %d * time.Second", e.For/time.Second)
	}

	return text + "}"
}

// String returns the schedule as a Go literal.
func (s schedule) String() string {
	var events strings.Builder
	for _, event := range s.Events {
		fmt.Fprintf(&events, "    %s,\n", event)
	}

	return fmt.Sprintf("schedule{\n  Skew: %d * time.Second, Jitter: %d,\n  Start: settings{Organization: %q, RotateAfter: %q, CreateFirst: %t, Postcondition: %t},\n  Events: []event{\n%s  },\n}",
		s.Skew/time.Second, s.Jitter, s.Start.Organization, s.Start.RotateAfter, s.Start.CreateFirst, s.Start.Postcondition, &events)
}

// drawSchedule draws a year. Its events are in the order of their days.
func drawSchedule(t *rapid.T) schedule {
	names := slices.Sorted(maps.Keys(kinds))
	drawn := rapid.Custom(func(t *rapid.T) event {
		kind := rapid.SampledFrom(names).Draw(t, "kind")

		return event{
			Day: rapid.IntRange(1, 350).Draw(t, "day"), Kind: kind,
			How: rapid.SampledFrom(kinds[kind].variants).Draw(t, "how"),
			At:  rapid.SampledFrom(begins).Draw(t, "at"), For: rapid.SampledFrom(durations).Draw(t, "for"),
		}
	})
	s := schedule{
		Skew:   rapid.SampledFrom([]time.Duration{0, 90 * time.Second, -90 * time.Second, 20 * time.Minute, -20 * time.Minute, 26 * time.Hour, -26 * time.Hour}).Draw(t, "skew"),
		Jitter: rapid.Uint64().Draw(t, "jitter"),
		Start: settings{
			Organization: rapid.SampledFrom([]string{"org_a", ""}).Draw(t, "organization"), RotateAfter: rapid.SampledFrom([]string{"720h", "168h", ""}).Draw(t, "rotate_after"),
			CreateFirst: rapid.Bool().Draw(t, "create_before_destroy"), Postcondition: rapid.Bool().Draw(t, "postcondition"),
		},
	}
	// Each month has its events: one long list would be short most of the time.
	for range 12 {
		s.Events = append(s.Events, rapid.SliceOfN(drawn, 0, 5).Draw(t, "events")...)
	}
	slices.SortStableFunc(s.Events, func(a, b event) int { return a.Day - b.Day })

	return s
}

// statistics counts the years in which something happened.
type statistics struct {
	mu    sync.Mutex
	total int
	years map[string]int
}

func (s *statistics) add(y *year) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total++
	for name := range y.happening {
		s.years[name]++
	}
}

// enoughYears is the number of years in which every event must have happened.
const enoughYears = 2000

// report prints the statistics, and fails if an event never happened: then nothing
// was learned about it.
func (s *statistics) report(t *testing.T) {
	t.Helper()
	var text strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, how := range kinds[kind].variants {
			name := kind + ": " + how
			fmt.Fprintf(&text, "%6d %s\n", s.years[name], name)
			if s.years[name] == 0 && s.total >= enoughYears {
				t.Errorf("in %d years, this never happened: %s", s.total, name)
			}
		}
	}
	t.Logf("%d years, of which so many had:\n%s", s.total, &text)
}
