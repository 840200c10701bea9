package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

const daysInYear = 365

// year is one simulated year. Its protocol is that of a provider without a configuration.
type year struct {
	protocol
	simulatedWorld
	today

	resource *tfprotov6.Schema
	nothing  *instance
	folder   string
	schedule schedule
	random   uint64

	settings settings
	key, jwt string
	usesJWT  bool
	keyCount int
	// wrongKeyUntil is until when the operator uses the key of another organization.
	wrongKeyUntil time.Time
	// withoutFile leaves out the object that uses the file.
	withoutFile bool
	state       terraformState
	approved    *approved
	// invokeBefore is true until the action before the creation has succeeded.
	invokeBefore bool
	// rotateAfter is that of the last successful run.
	rotateAfter string
	// invoking is true while the action that requests an export runs.
	invoking bool
	// tomorrow are settings that change back.
	tomorrow settings
	stop     *event

	mu    sync.Mutex
	began time.Time
	lines []line
	// lastRun is the trace of the last run without its times, repeats is whether the
	// one before was the same, and seen what the last one could notice.
	lastRun          []string
	seen             string
	repeats, failing bool
	happening        map[string]bool
	violation        error
}

// today is what is special about today's run.
type today struct {
	number int

	unknown, becomes, between       string
	replace, noRefresh, invokeAfter bool
	// later is how many days after its plan the run is applied.
	later int
}

// line is a line of the trace, and the day and time at which it was added.
type line struct{ at, text string }

// simulate lives through a year, in a bubble.
func simulate(t *testing.T, s schedule, live func(*year)) *year {
	t.Helper()
	y := &year{schedule: s, random: s.Jitter, happening: map[string]bool{}, settings: maps.Clone(s.Start), tomorrow: settings{}}
	synctest.Test(t, func(t *testing.T) {
		y.began, y.folder = time.Now(), t.TempDir()
		y.protocol = startProvider(t, options{getenv: environment(nil)})
		y.resource = y.schema.ResourceSchemas[objectType]
		y.nothing = y.decode(y.manage().nothing(), nil, nil)
		y.state.current = y.nothing
		y.build()
		y.newKey()
		live(y)
	})

	return y
}

// live lives through the year, until the first broken promise.
func (y *year) live() {
	for day := 0; day < daysInYear && y.violation == nil; day++ {
		y.day(day)
	}
	if y.violation == nil {
		y.end()
	}
}

// day has the day's events, and then its run. A run that would only repeat the last
// one is skipped, but for one in four weeks.
func (y *year) day(day int) {
	y.begin(day)
	events := 0
	for _, event := range y.schedule.Events {
		if event.Day != day {
			continue
		}
		y.trace(" event: %s", event)
		if kind := kinds[event.Kind]; kind.happens != nil {
			kind.happens(y, event)
		} else {
			y.settings[event.Kind] = strings.TrimPrefix(event.How, "none")
		}
		if !slices.Contains(later, event.Kind) {
			y.happened(event)
		}
		events++
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
	var run []string
	for _, line := range y.lines[first:] {
		run = append(run, line.text)
	}
	y.repeats, y.seen, y.lastRun = slices.Equal(run, y.lastRun), view, run
}

// begin begins a day, at the time of its run. What was for one run ends.
func (y *year) begin(day int) {
	<-time.After(time.Until(y.began.AddDate(0, 0, day)))
	y.today = today{number: day}
	maps.Copy(y.settings, y.tomorrow)
	clear(y.tomorrow)
}

// view is what a run may notice of the world.
func (y *year) view() string {
	seen := []string{y.refused(y.credential())}
	for _, outage := range y.outages {
		if outage.after == "" && time.Now().Before(outage.to) {
			seen = append(seen, outage.How)
		}
	}
	if known := y.current(); known != nil {
		seen = append(seen, fmt.Sprint(known.name, y.status(known), y.isDue(known, 0), time.Now().Before(known.visible)))
	}

	return strings.Join(seen, " ")
}

// run is one run of Terraform. It returns false if the run ends with an error.
func (y *year) run() bool {
	if y.usesJWT {
		y.keyCount++
		y.jwt = fmt.Sprintf("eyJ.SECRET-TOKEN-%d.x", y.keyCount)
	}
	y.trace(" run")
	var plan *approved
	if !y.walk("plan", func(p *process) { plan = y.plan(p) }) || y.violation != nil {
		return false
	}
	<-time.After(time.Duration(y.later) * 24 * time.Hour)
	if y.between != "" {
		y.tomorrow["base URL"], y.tomorrow["environment"] = y.settings["base URL"], y.settings["environment"]
		if y.between == "sandbox" {
			y.settings["base URL"] = y.between
		} else {
			y.settings["environment"] = strings.TrimPrefix(y.between, "none")
		}
	}
	if y.becomes != "" {
		y.settings[y.unknown] = y.becomes
	}

	return y.walk("apply", func(p *process) { y.apply(p, plan) })
}

// end is the end of the year without faults: two runs, and a plan without changes.
// What needs a human gets one, and a run more if the human's is without a refresh.
func (y *year) end() {
	y.begin(daysInYear)
	y.trace(" the faults end")
	y.calm()
	y.wrongKeyUntil, y.stop, y.invokeBefore = time.Time{}, nil, false
	y.help()
	last := daysInYear + 1
	if y.noRefresh {
		last++
	}
	y.run()
	for day := daysInYear + 1; day <= last && y.violation == nil; day++ {
		y.begin(day)
		y.run()
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
	state := y.state.current.text
	if y.settings.organization() == "" {
		y.settings["organization_id"] = state["organization_id"]
	}
	// Two minutes are too short for any export, and the postcondition fails for one
	// that is not waited for.
	y.settings["timeouts"] = ""
	if y.settings["postcondition"] == "true" {
		y.settings["wait_for_completion"] = ""
	}
	y.settings["base URL"] = map[string]string{sandboxHost: "sandbox"}[known.host]
	forgettable := func(of *instance) bool {
		known := y.known(of)

		return known.purged && of.readAs != y.reader() || known.host != y.settings.host() || known.home == foreignOrganization && y.credential() != foreignKey
	}
	if slices.ContainsFunc(y.state.deposed, forgettable) {
		y.trace(" terraform apply -refresh=false, with arguments that need no new export")
		y.noRefresh = true
		for _, name := range []string{"organization_id", "include_files", "rotate_after", "replace_on_status"} {
			y.tomorrow[name] = y.settings[name]
			y.settings[name] = map[string]string{"organization_id": state["organization_id"], "include_files": state["include_files"]}[name]
		}
	}
	switch {
	case forgettable(y.state.current):
		y.trace(" terraform state rm")
		y.state.current, y.state.deposed = y.nothing, nil
	case state["organization_id"] == "" && y.settings.organization() != "" && y.settings.organization() != known.home,
		y.status(known) == "failed" && !y.state.current.tainted && !strings.Contains(y.settings["replace_on_status"], "failed"):
		y.trace(" terraform apply -replace")
		y.replace = true
	}
}

// trace adds a line to the trace.
func (y *year) trace(format string, arguments ...any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	now := time.Now()
	at := fmt.Sprintf("day %d %s", int(now.Sub(y.began).Hours())/24, now.Format(time.TimeOnly))
	y.lines = append(y.lines, line{at, fmt.Sprintf(format, arguments...)})
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

// report returns the violation, the schedule until then as a Go literal, and the end of
// the trace. Lines that come several times in a row are one.
func (y *year) report() string {
	const shown = 40
	lived := y.schedule
	lived.Events = slices.DeleteFunc(slices.Clone(lived.Events), func(e event) bool { return e.Day > y.number })
	lines := slices.CompactFunc(slices.Clone(y.lines), func(a, b line) bool { return a.text == b.text })
	var trace strings.Builder
	for _, line := range lines[max(0, len(lines)-shown):] {
		fmt.Fprintf(&trace, "  %s%s\n", line.at, line.text)
	}

	return fmt.Sprintf("%s\n\nSchedule:\n%s\nTrace:\n%s", y.violation, lived, &trace)
}
