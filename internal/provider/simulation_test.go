package provider

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

const daysInYear = 365

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

func (e event) String() string {
	return fmt.Sprintf("{%d, %q, %q, %s, %s}", e.Day, e.Kind, e.How, e.At, e.For)
}

// settings are the configuration and the environment of the operator.
type settings struct {
	Organization, Month, RotateAfter, Replace, Files, Timeout string

	NoWait, CreateFirst, Postcondition bool

	// The environment.
	Environment, BaseURL, Key string
	JWT                       bool
}

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
	keyCount int
	state    terraformState
	approved *approved

	// What is special about today's run.
	unknown, becomes string
	replace          bool
	noRefresh        bool
	later            int
	between          func()
	tomorrow         func()
	stop             *event

	mu    sync.Mutex
	began time.Time
	lines []string
	// lastLine is that of the trace without its time, which came so often in a row.
	lastLine, firstOf string
	repeated          int
	happening         map[string]bool
	violation         error
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

// organization returns the organization that the configuration and the environment
// name, or "" for the credential's default.
func (s settings) organization() string {
	if s.Organization != "" {
		return s.Organization
	}

	return s.Environment
}

func (s settings) month() string { return strings.TrimPrefix(s.Month, "{}") }
func (s settings) files() string { return strconv.FormatBool(s.Files == "true") }

func (s settings) host() string {
	if s.BaseURL != "" {
		return sandboxHost
	}

	return liveHost
}

// arguments returns the configuration of the resource. The argument that is named
// unknown is not known yet.
func (s settings) arguments(unknownName string) values {
	arguments := values{"wait_for_completion": !s.NoWait}
	for name, value := range map[string]string{"organization_id": s.Organization, "rotate_after": s.RotateAfter} {
		if value != "" {
			arguments[name] = value
		}
	}
	if s.Files != "" {
		arguments["include_files"] = s.Files == "true"
	}
	if s.Replace != "" {
		arguments["replace_on_status"] = set(s.Replace)
	}
	if s.Month != "" {
		triggers := map[string]tftypes.Value{}
		if s.Month != "{}" {
			triggers["month"] = tftypes.NewValue(tftypes.String, s.Month)
		}
		arguments["triggers"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, triggers)
	}
	if s.Timeout != "" {
		arguments["timeouts"] = values{"create": s.Timeout, "update": s.Timeout}
	}
	if unknownName != "" {
		arguments[unknownName] = unknown
	}

	return arguments
}

// credential is what the API receives.
func (y *year) credential() string {
	if y.settings.JWT {
		return y.jwt
	}

	return y.settings.Key
}

// variables are the environment variables of a process.
func (y *year) variables() map[string]string {
	variables := map[string]string{organizationIDVariable: y.settings.Environment, apiKeyVariable: y.settings.Key}
	if y.settings.JWT {
		delete(variables, apiKeyVariable)
		variables[jwtVariable] = y.jwt
	}
	if y.settings.BaseURL != "" {
		variables[baseURLVariable] = rebilly.SandboxBaseURL
	}

	return variables
}

// newKey makes the operator use a new credential.
func (y *year) newKey() {
	y.keyCount++
	y.settings.Key = fmt.Sprintf("sk_live_SECRET-KEY-%d", y.keyCount)
}

// live lives through the year, and returns the first broken promise.
func live(t *testing.T, s schedule) *year {
	y := &year{schedule: s, random: s.Jitter, happening: map[string]bool{}, folder: t.TempDir()}
	synctest.Test(t, func(t *testing.T) {
		y.t, y.began = t, time.Now()
		y.simulatedWorld = newWorld(y)
		started := startProvider(t, options{getenv: environment(nil)})
		y.schema, y.resource = started.schema, started.schema.ResourceSchemas[objectType]
		y.nothing = started.manage().nothing()
		y.settings = s.Start
		y.newKey()
		for day := 0; day < daysInYear && y.violation == nil; day++ {
			y.day(day)
		}
		if y.violation == nil {
			y.end()
		}
	})

	return y
}

// day has the day's events, and then its run. Days on which nothing can change are
// skipped, but for one in four weeks.
func (y *year) day(day int) {
	time.Sleep(time.Until(y.began.AddDate(0, 0, day)))
	if y.tomorrow != nil {
		y.tomorrow()
	}
	y.unknown, y.becomes, y.replace, y.noRefresh, y.later, y.between, y.tomorrow = "", "", false, false, 0, nil, nil
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
	if events > 0 || day%28 == 0 || y.restless() {
		y.run()
	}
}

// restless reports whether today's run may differ from the last one.
func (y *year) restless() bool {
	if y.state.current == nil || y.state.current.tainted || len(y.state.deposed) > 0 || y.treatment(y.credential()) != "" {
		return true
	}
	for _, outage := range y.outages {
		if outage.after == "" && time.Now().Before(outage.to) {
			return true
		}
	}
	state := y.read(y.state.current)
	known := y.exports[state.id]
	age, err := time.ParseDuration(y.settings.RotateAfter)

	return known == nil || known.purged || y.state.file != state.id || y.status(known) != state.status ||
		err == nil && !y.serverTime().Before(known.created.Add(age))
}

// run is one run of Terraform.
func (y *year) run() {
	if y.settings.JWT {
		y.keyCount++
		y.jwt = fmt.Sprintf("eyJ.SECRET-TOKEN-%d.x", y.keyCount)
	}
	y.trace(" run")
	plan, ok := y.plan(!y.noRefresh)
	if !ok || y.violation != nil {
		return
	}
	time.Sleep(time.Duration(y.later) * 24 * time.Hour)
	if y.between != nil {
		y.between()
	}
	if y.unknown != "" {
		plan.settings.become(y.unknown, y.becomes)
		y.settings.become(y.unknown, y.becomes)
	}
	y.apply(plan)
}

// end is the end of the year without faults: two runs, and a plan without changes.
// What needs a human gets one.
func (y *year) end() {
	y.trace(" the faults end")
	y.calm()
	y.unknown, y.replace, y.noRefresh, y.later, y.between, y.stop = "", false, false, 0, nil, nil
	if y.tomorrow != nil {
		y.tomorrow()
	}
	y.help()
	for day := range 2 {
		time.Sleep(time.Until(y.began.AddDate(0, 0, daysInYear+day)))
		y.run()
		y.replace = false
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
	y.settings.BaseURL = map[string]string{sandboxHost: "sandbox"}[known.host]
	reader := y.credential() + "@" + known.host
	forgettable := func(known *export) bool {
		return known.purged && !known.readBy[reader] || known.host != y.settings.host()
	}
	y.state.deposed = slices.DeleteFunc(slices.Clone(y.state.deposed), func(deposed *instance) bool {
		return forgettable(y.exports[y.read(deposed).id])
	})
	switch {
	case forgettable(known):
		y.trace(" terraform state rm")
		y.state.current = nil
	case y.status(known) == "failed" && !y.state.current.tainted && !strings.Contains(y.settings.Replace, "failed"):
		y.trace(" terraform apply -replace")
		y.replace = true
	}
}

// report returns the shrunk schedule and the last lines of the trace.
func (y *year) report() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\nSchedule: skew %s, jitter %d, %+v\n", y.violation, y.schedule.Skew, y.schedule.Jitter, y.schedule.Start)
	for _, event := range y.schedule.Events {
		fmt.Fprintf(&text, "  %s\n", event)
	}
	lines := y.lines[max(0, len(y.lines)-40):]

	return text.String() + "Trace:\n  " + strings.Join(lines, "\n  ")
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
			Organization: "org_a", RotateAfter: rapid.SampledFrom([]string{"720h", "168h", ""}).Draw(t, "rotate_after"),
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

func TestSimulation(t *testing.T) {
	counts := map[string]int{}
	years := 0
	rapid.Check(t, func(rt *rapid.T) {
		s := drawSchedule(rt)
		y := live(t, s)
		years++
		for name := range y.happening {
			counts[name]++
		}
		if y.violation != nil {
			rt.Fatal(y.report())
		}
	})
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%6d of %d years: %s", counts[name], years, name)
	}
}
