package provider

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

const daysInYear = 365

// year is one simulated year.
type year struct {
	*simulatedWorld

	t        *testing.T
	schema   *tfprotov6.GetProviderSchemaResponse
	resource *tfprotov6.Schema
	nothing  *tfprotov6.DynamicValue
	folder   string
	schedule schedule
	random   uint64

	settings settings
	jwt      string
	// wrongKeyUntil is until when the operator uses the key of another organization.
	wrongKeyUntil time.Time
	// withoutFile leaves out the object that uses the file.
	withoutFile bool
	keyCount    int
	state       terraformState
	approved    *approved

	// What is special about today's run.
	unknown, becomes string
	replace          bool
	noRefresh        bool
	later            int
	between          func()
	invokeAfter      bool
	// invokeBefore is true until the action before the creation has succeeded.
	invokeBefore bool
	// rotateAfter is that of the last successful run.
	rotateAfter string
	// invoking is true while the action that requests an export runs.
	invoking bool
	tomorrow []func()
	stop     *event

	mu    sync.Mutex
	began time.Time
	lines []string
	// lastRun is the trace of the last run without its times, repeats is whether the
	// one before was the same, and seen what the last one could notice.
	lastRun, seen    string
	repeats, failing bool
	// lastLine is that of the trace without its time, which came so often in a row.
	lastLine, firstOf string
	repeated          int
	happening         map[string]bool
	violation         error
}

// live lives through the year, and returns the first broken promise.
func live(t *testing.T, s schedule) *year {
	t.Helper()
	y := newYear(t, s)
	synctest.Test(t, func(t *testing.T) {
		y.begin(t)
		for day := 0; day < daysInYear && y.violation == nil; day++ {
			y.day(day)
		}
		if y.violation == nil {
			y.end()
		}
	})

	return y
}

func newYear(t *testing.T, s schedule) *year {
	t.Helper()

	return &year{schedule: s, random: s.Jitter, happening: map[string]bool{}, folder: t.TempDir(), settings: s.Start}
}

// begin begins the year, in a bubble.
func (y *year) begin(t *testing.T) {
	t.Helper()
	y.t, y.began = t, time.Now()
	y.simulatedWorld = newWorld(y)
	started := startProvider(t, options{getenv: environment(nil)})
	y.schema, y.resource = started.schema, started.schema.ResourceSchemas[objectType]
	y.nothing = started.manage().nothing()
	y.newKey()
}

// day has the day's events, and then its run. A run that would only repeat the last
// one is skipped, but for one in four weeks.
func (y *year) day(day int) {
	y.waitUntil(day)
	for _, change := range y.tomorrow {
		change()
	}
	y.unknown, y.becomes, y.replace, y.noRefresh, y.later, y.between, y.tomorrow = "", "", false, false, 0, nil, nil
	y.invokeAfter = false
	events := 0
	for _, event := range y.schedule.Events {
		if event.Day == day {
			y.trace(" event: %s", event)
			kinds[event.Kind].happens(y, event)
			if !slices.Contains(later, event.Kind) {
				y.happened(event)
			}
			events++
		}
	}
	view := y.view()
	if events == 0 && day%28 != 0 && y.repeats && view == y.seen {
		return
	}
	if events == 0 && y.repeats && y.failing {
		// Once in four weeks, a human has a look.
		y.help()
	}
	first := len(y.lines)
	if y.failing = !y.run(); !y.failing {
		y.judgeAge()
	}
	run := withoutTimes.ReplaceAllString(strings.Join(y.lines[first:], "\n"), "")
	y.repeats, y.seen, y.lastRun = run == y.lastRun, view, run
}

// withoutTimes finds what differs between two runs that do the same.
var withoutTimes = regexp.MustCompile(`(?m)^day \d+ [\d:]+|, until [\d:]+`)

// waitUntil waits until the time of a day's run.
func (y *year) waitUntil(day int) { <-time.After(time.Until(y.began.AddDate(0, 0, day))) }

// view is what a run may notice of the world.
func (y *year) view() string {
	seen := []string{y.treatment(y.credential())}
	for _, outage := range y.outages {
		if outage.after == "" && time.Now().Before(outage.to) {
			seen = append(seen, outage.How)
		}
	}
	if known := y.current(); known != nil {
		age, err := time.ParseDuration(y.settings.RotateAfter)
		due := err == nil && !y.serverTime().Before(known.created.Add(age))
		seen = append(seen, fmt.Sprint(known.name, y.status(known), due, time.Now().Before(known.visible)))
	}

	return strings.Join(seen, " ")
}

// run is one run of Terraform. It returns false if the run ends with an error.
func (y *year) run() bool {
	if y.settings.JWT {
		y.keyCount++
		y.jwt = fmt.Sprintf("eyJ.SECRET-TOKEN-%d.x", y.keyCount)
	}
	y.trace(" run")
	plan, ok := y.plan(!y.noRefresh)
	if !ok || y.violation != nil {
		return false
	}
	<-time.After(time.Duration(y.later) * 24 * time.Hour)
	if y.between != nil {
		y.between()
	}
	if y.unknown != "" {
		plan.settings.become(y.unknown, y.becomes)
		y.settings.become(y.unknown, y.becomes)
	}

	return y.apply(plan)
}

// end is the end of the year without faults: two runs, and a plan without changes.
// What needs a human gets one.
func (y *year) end() {
	y.trace(" the faults end")
	y.calm()
	y.wrongKeyUntil = time.Time{}
	y.unknown, y.replace, y.noRefresh, y.later, y.between, y.stop = "", false, false, 0, nil, nil
	y.invokeBefore, y.invokeAfter = false, false
	for _, change := range y.tomorrow {
		change()
	}
	y.tomorrow = nil
	y.help()
	runs := 2
	if y.noRefresh {
		runs++ // The first one is the human's.
	}
	for day := range runs {
		y.waitUntil(daysInYear + day)
		y.run()
		y.replace, y.noRefresh = false, false
		for _, change := range y.tomorrow {
			change()
		}
		y.tomorrow = nil
		if y.violation != nil {
			return
		}
	}
	y.judgeEnd()
}

// help is what a human does who reads the last error: a provider that no proof lets
// go on says so.
func (y *year) help() {
	known := y.current()
	if known == nil {
		return
	}
	state := y.read(y.state.current)
	if y.settings.organization() == "" {
		y.settings.Organization = state.organization
	}
	// Two minutes are too short for any export, and the postcondition fails for one
	// that is not waited for.
	y.settings.Timeout = ""
	y.settings.NoWait = y.settings.NoWait && !y.settings.Postcondition
	y.settings.BaseURL = map[string]string{sandboxHost: "sandbox"}[known.host]
	forgettable := func(current *instance) bool {
		known := y.exports[y.read(current).id]

		return known.purged && current.readAs != y.reader() || known.host != y.settings.host()
	}
	if slices.ContainsFunc(y.state.deposed, forgettable) {
		y.trace(" terraform apply -refresh=false, with arguments that need no new export")
		y.noRefresh = true
		wanted := y.settings
		y.settings.Organization, y.settings.Files, y.settings.RotateAfter, y.settings.Replace = state.organization, state.files, "", ""
		y.tomorrow = append(y.tomorrow, func() {
			y.settings.Organization, y.settings.Files = wanted.Organization, wanted.Files
			y.settings.RotateAfter, y.settings.Replace = wanted.RotateAfter, wanted.Replace
		})
	}
	switch {
	case forgettable(y.state.current):
		y.trace(" terraform state rm")
		y.state.current, y.state.deposed = nil, nil
	case state.organization == "" && y.settings.organization() != "" && y.settings.organization() != known.home,
		y.status(known) == "failed" && !y.state.current.tainted && !strings.Contains(y.settings.Replace, "failed"):
		y.trace(" terraform apply -replace")
		y.replace = true
	}
}

func (y *year) trace(format string, arguments ...any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	line := fmt.Sprintf(format, arguments...)
	if y.lastLine == line && strings.Contains(line, "GET") {
		y.repeated++
		y.lines[len(y.lines)-1] = fmt.Sprintf("%s (%d times, until %s)", y.firstOf, y.repeated, time.Now().Format(time.TimeOnly))

		return
	}
	y.lastLine, y.repeated = line, 1
	y.firstOf = fmt.Sprintf("day %d %s", int(time.Since(y.began).Hours())/24, time.Now().Format(time.TimeOnly)) + line
	y.lines = append(y.lines, y.firstOf)
}

// happened counts what had an effect in this year.
func (y *year) happened(e event) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.happening[e.Kind+": "+e.How] = true
}

// jitter returns the next number of the schedule's random sequence.
func (y *year) jitter(limit time.Duration) time.Duration {
	if y.schedule.Jitter == 0 || limit <= 0 {
		return 0
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	y.random = y.random*6364136223846793005 + 1442695040888963407

	return time.Duration(y.random>>2) % limit
}

// report returns the violation, the schedule as a Go literal, and the end of the
// trace.
func (y *year) report() string {
	const shown = 40

	return fmt.Sprintf("%s\n\nSchedule:\n%s\nTrace:\n  %s", y.violation, y.schedule, strings.Join(y.lines[max(0, len(y.lines)-shown):], "\n  "))
}
