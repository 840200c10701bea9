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

// enoughYears is the number of years in which every event must have happened. Nothing
// was learned about one that did not.
const enoughYears = 2000

// TestSimulation_keepsPromises draws years, and lives through them. See "A simulated
// year" in DESIGN.md.
func TestSimulation_keepsPromises(t *testing.T) { //nolint:tparallel // The statistics wait for the years.
	t.Parallel()
	years, err := strconv.Atoi(cmp.Or(os.Getenv("REBILLY_TEST_YEARS"), "20"))
	if err != nil {
		t.Fatal(err)
	}
	workers := min(runtime.GOMAXPROCS(0), years)
	// A year takes most of a second, and rapid would repeat its file of the last
	// failure without asking.
	for name, value := range map[string]string{"checks": strconv.Itoa((years + workers - 1) / workers), "nofailfile": "true", "shrinktime": "2m"} {
		if err := flag.Set("rapid."+name, value); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	lived, having := 0, map[string]int{}
	t.Run("years", func(t *testing.T) {
		for worker := range workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(rt *rapid.T) {
					y := simulate(t, drawSchedule(rt), (*year).live)
					mu.Lock()
					lived++
					for name := range y.happening {
						having[name]++
					}
					mu.Unlock()
					if y.violation != nil {
						rt.Logf("%s", y.report())
						rt.Fatal(y.violation)
					}
				})
			})
		}
	})
	if t.Failed() {
		return
	}
	var text strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, how := range kinds[kind].variants {
			name := kind + ": " + how
			fmt.Fprintf(&text, "%6d %s\n", having[name], name)
			if having[name] == 0 && lived >= enoughYears {
				t.Errorf("in %d years, this never happened: %s", lived, name)
			}
		}
	}
	t.Logf("%d years, of which so many had:\n%s", lived, &text)
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
	return fmt.Sprintf("{Day: %d, Kind: %q, How: %q, At: %d * time.Second, For: %d * time.Second}", e.Day, e.Kind, e.How, e.At/time.Second, e.For/time.Second)
}

// String returns the schedule as a Go literal.
func (s schedule) String() string {
	var events strings.Builder
	for _, event := range s.Events {
		fmt.Fprintf(&events, "    %s,\n", event)
	}

	return fmt.Sprintf("schedule{\n  Skew: %d * time.Second, Jitter: %d,\n  Start: settings%s,\n  Events: []event{\n%s  },\n}",
		s.Skew/time.Second, s.Jitter, strings.TrimPrefix(fmt.Sprintf("%#v", s.Start), "provider.settings"), &events)
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
		Start:  settings{},
	}
	for _, drawn := range starts {
		if value := rapid.SampledFrom(drawn[1:]).Draw(t, drawn[0]); value != "" {
			s.Start[drawn[0]] = value
		}
	}
	// Each month has its events: one long list would be short most of the time.
	for range 12 {
		s.Events = append(s.Events, rapid.SliceOfN(drawn, 0, 5).Draw(t, "events")...)
	}
	slices.SortStableFunc(s.Events, func(a, b event) int { return a.Day - b.Day })

	return s
}
