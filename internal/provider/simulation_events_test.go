package provider

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// kind is a kind of event.
type kind struct {
	variants []string
	// happens makes the event happen, or arranges that it does later in the day or
	// at the next opportunity.
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

// kinds are the events of a year, by name.
var kinds map[string]kind

func init() {
	// An outage begins after the day's run has begun, or after the next POST, or when
	// the next file is needed.
	outageOf := func(on, after string) func(*year, event) {
		return func(y *year, e event) {
			disturbance := &outage{event: e, on: on, after: after}
			if after == "" {
				disturbance.begin()
			}
			y.outages = append(y.outages, disturbance)
		}
	}
	kinds = map[string]kind{
		"api":            {apiOutages, outageOf("api", "")},
		"api after POST": {append([]string{"401", "403"}, apiOutages...), outageOf("api", "POST")},
		"replica":        {[]string{"alternates", "lacks new exports"}, outageOf("replica", "")},
		"record":         {[]string{"late"}, outageOf("record", "file")},
		"file":           {fileOutages(), outageOf("file", "file")},
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
				y.keys[y.settings.Key] = treatment{how: "401", until: never}
				y.newKey()
			case "404":
				y.wrongKeyUntil = time.Now().Add(e.For)
			case "JWT", "API key":
				y.settings.JWT = e.How == "JWT"
			default:
				y.keys[y.credential()] = treatment{how: e.How, until: time.Now().Add(e.For)}
			}
		}},
		"between plan and apply": {[]string{"none", "org_a", "org_b", "sandbox"}, func(y *year, e event) {
			y.between = func() {
				before := y.settings
				y.tomorrow = append(y.tomorrow, func() { y.settings.BaseURL, y.settings.Environment = before.BaseURL, before.Environment })
				if e.How == "sandbox" {
					y.settings.BaseURL = e.How
				} else {
					y.settings.Environment = none(e.How)
				}
			}
		}},
		"organization": change([]string{"none", "org_a", "org_b"}, func(s *settings, how string) { s.Organization = how }),
		"environment":  change([]string{"none", "org_a", "org_b"}, func(s *settings, how string) { s.Environment = how }),
		"base URL": {[]string{"sandbox"}, func(y *year, e event) {
			y.settings.BaseURL = e.How
			y.tomorrow = append(y.tomorrow, func() { y.settings.BaseURL = "" })
		}},
		"triggers":              change([]string{"none", "{}", "2026-01", "2026-02"}, func(s *settings, how string) { s.Month = how }),
		"rotate_after":          change([]string{"none", "168h", "336h", "720h"}, func(s *settings, how string) { s.RotateAfter = how }),
		"replace_on_status":     change([]string{"none", "{}", "failed", "expired", "expired,failed"}, func(s *settings, how string) { s.Replace = how }),
		"include_files":         change([]string{"none", "false", "true"}, func(s *settings, how string) { s.Files = how }),
		"timeouts":              change([]string{"none", "2m", "3h"}, func(s *settings, how string) { s.Timeout = how }),
		"wait_for_completion":   change([]string{"true", "false"}, func(s *settings, how string) { s.NoWait = how == "false" }),
		"create_before_destroy": change([]string{"true", "false"}, func(s *settings, how string) { s.CreateFirst = how == "true" }),
		"postcondition":         change([]string{"true", "false"}, func(s *settings, how string) { s.Postcondition = how == "true" }),
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
}

// change is a kind of event that changes the settings.
func change(variants []string, set func(*settings, string)) kind {
	return kind{variants, func(y *year, e event) { set(&y.settings, none(e.How)) }}
}

// none returns the value of a variant: "none" is the empty one.
func none(how string) string {
	if how == "none" {
		return ""
	}

	return how
}

func fileOutages() (names []string) {
	for name := range fileFaults {
		names = append(names, name)
	}
	slices.Sort(names)

	return names
}

// become makes an unknown argument known. An empty value leaves it as it was.
func (s *settings) become(name, value string) {
	arguments := map[string]*string{
		"organization_id": &s.Organization, "triggers": &s.Month, "rotate_after": &s.RotateAfter,
		"replace_on_status": &s.Replace, "include_files": &s.Files,
	}
	if argument := arguments[name]; argument != nil && value != "" {
		*argument = value
	}
}

// stopPoints are when a process is killed or interrupted: at the first request of a
// walk, some time after a wait began, or at a moment.
var stopPoints = []string{"plan", "apply", "wait", "before POST", "during POST", "poll", "download"}

// stopWait arranges the stop of a process in the wait that begins now.
func (y *year) stopWait(p *process) {
	if y.stop == nil || y.stop.How != "wait" {
		return
	}
	stop := *y.stop
	y.stop = nil
	time.AfterFunc(stop.At, func() {
		if p.ctx.Err() == nil {
			p.stop(stop)
		}
	})
}

// reach stops a process at one of the given moments, if the schedule says so.
func (y *year) reach(p *process, moments ...string) {
	if y.stop == nil || !slices.Contains(moments, y.stop.How) {
		return
	}
	stop := *y.stop
	y.stop = nil
	p.stop(stop)
}

// moments are those at which a process sends the request.
func (p *process) moments(request *http.Request) []string {
	moments := []string{p.walk}
	switch {
	case request.Method == http.MethodPost:
		moments = append(moments, "before POST")
	case strings.HasPrefix(request.URL.Host, "files"):
		moments = append(moments, "download")
	case p.walk == "apply" && len(p.year.approved.requested) > 0:
		moments = append(moments, "poll")
	}

	return moments
}
