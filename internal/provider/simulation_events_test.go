package provider

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// kind is a kind of event.
type kind struct {
	variants []string
	// happens makes the event happen, or arranges that it does later in the day or
	// at the next opportunity. Without it, the event changes the setting of its name.
	happens func(*year, event)
}

// later are the kinds that have an effect only when there is the opportunity. Then
// the world says that they happened.
var later = []string{"action", "api", "api after POST", "replica", "record", "file", "next export", "purge", "killed", "interrupted"}

// begins and durations are drawn for every event, from the mildest to the worst.
var (
	begins    = []time.Duration{0, 50 * time.Second, 100 * time.Second, 4*time.Minute + 7*time.Second, 20 * time.Minute}
	durations = []time.Duration{20 * time.Second, 3 * time.Minute, 10 * time.Minute, 50 * time.Minute, 7 * time.Hour, 50 * time.Hour}
)

// starts are the names of the settings that are drawn for the beginning, with their values.
var starts = [][]string{
	{"organization_id", "org_a", ""},
	{"rotate_after", "720h", "168h", ""},
	{"create_before_destroy", "", "true"},
	{"postcondition", "", "true"},
}

// stopPoints are when a process is killed or interrupted: at the first request of a
// walk, some time after a wait began, or at a moment.
var stopPoints = []string{"plan", "apply", "wait", "before POST", "during POST", "poll", "download"}

// kinds are the events of a year, by name.
var kinds = map[string]kind{
	"api":            {apiOutages, outageOf("api", "")},
	"api after POST": {append([]string{"401", "403"}, apiOutages...), outageOf("api", "POST")},
	"replica":        {[]string{"alternates", "lacks new exports"}, outageOf("replica", "")},
	"record":         {[]string{"late"}, outageOf("record", "file")},
	"file":           {slices.Sorted(maps.Keys(fileFaults)), outageOf("file", "file")},
	"next export": {[]string{"slow", "fails", "kept for two days", "lags", "response reset", "response silent", "response 504", "body cut"}, func(y *year, e event) {
		y.next[e.How] = e
	}},
	"purge": {[]string{"export"}, func(y *year, e event) {
		if known := y.current(); known != nil && !known.purged {
			known.purged = true
			y.apis[known.host].Remove(known.home, known.id)
			y.happened(e)
		}
	}},
	// The operator's key is revoked, or has no permission, or is one of another
	// organization, for some time.
	"key": {[]string{"401", "403", "404", "rotated", "JWT", "API key"}, func(y *year, e event) {
		switch e.How {
		case "rotated":
			y.keys[y.key] = refusal{how: "401"}
			y.newKey()
		case "404":
			y.wrongKeyUntil = time.Now().Add(e.For)
		case "JWT", "API key":
			y.usesJWT = e.How == "JWT"
		default:
			y.keys[y.credential()] = refusal{how: e.How, until: time.Now().Add(e.For)}
		}
	}},
	"between plan and apply": {[]string{"none", "org_a", "org_b", "sandbox"}, func(y *year, e event) { y.between = e.How }},
	"organization_id":        {variants: []string{"none", "org_a", "org_b"}},
	"environment":            {variants: []string{"none", "org_a", "org_b"}},
	"base URL": {[]string{"sandbox"}, func(y *year, e event) {
		y.settings[e.Kind] = e.How
		y.tomorrow[e.Kind] = ""
	}},
	"triggers":              {variants: []string{"none", "{}", "2026-01", "2026-02"}},
	"rotate_after":          {variants: []string{"none", "168h", "336h", "720h"}},
	"replace_on_status":     {variants: []string{"none", "{}", "failed", "expired", "expired,failed"}},
	"include_files":         {variants: []string{"none", "false", "true"}},
	"timeouts":              {variants: []string{"none", "2m", "3h"}},
	"wait_for_completion":   {variants: []string{"true", "false"}},
	"create_before_destroy": {variants: []string{"true", "false"}},
	"postcondition":         {variants: []string{"true", "false"}},
	"unknown": {[]string{
		"organization_id=", "organization_id=org_b", "triggers=", "triggers=2026-03", "rotate_after=", "rotate_after=240h",
		"replace_on_status=", "replace_on_status=expired,failed", "include_files=", "include_files=true",
	}, func(y *year, e event) {
		y.unknown, y.becomes, _ = strings.Cut(e.How, "=")
	}},
	// Another object of the configuration triggers the action that requests an export:
	// before it is created, which is tried again until it succeeds, or after that.
	"action": {[]string{"before", "after"}, func(y *year, e event) {
		if e.How == "before" {
			y.invokeBefore = true
		} else {
			y.invokeAfter = true
		}
	}},
	"run": {[]string{"-replace", "-refresh=false", "saved plan"}, func(y *year, e event) {
		switch e.How {
		case "-replace":
			y.replace = true
		case "-refresh=false":
			y.noRefresh = true
		default:
			y.later = 1 + int(e.For.Hours()/24)
		}
	}},
	// They come as soon as there is the opportunity.
	"killed":      {stopPoints, func(y *year, e event) { y.stop = &e }},
	"interrupted": {stopPoints, func(y *year, e event) { y.stop = &e }},
}

// outageOf returns what makes an outage begin after the day's run has begun, or after
// the next POST, or when the next file is needed.
func outageOf(on, after string) func(*year, event) {
	return func(y *year, e event) {
		disturbance := &outage{event: e, on: on, after: after}
		if after == "" {
			disturbance.begin()
		}
		y.outages = append(y.outages, disturbance)
	}
}
