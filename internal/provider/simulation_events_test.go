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
	happens  func(*year, event)
}

// begins and durations are drawn for every event, from the mildest to the worst.
var (
	begins    = []time.Duration{0, 50 * time.Second, 100 * time.Second, 4*time.Minute + 500*time.Millisecond, 20 * time.Minute}
	durations = []time.Duration{20 * time.Second, 3 * time.Minute, 10 * time.Minute, 50 * time.Minute, 7 * time.Hour, 50 * time.Hour}
)

// kinds are the events of a year, by name.
var kinds map[string]kind

func init() {
	// An outage begins after the day's run has begun, or after the next POST, or when
	// the next file is needed.
	outageOf := func(on, after string) func(*year, event) {
		return func(y *year, e event) {
			disturbance := &outage{on: on, how: e.How, after: after, at: e.At, lasts: e.For}
			if after == "" {
				disturbance.begin()
			}
			y.outages = append(y.outages, disturbance)
		}
	}
	kinds = map[string]kind{
		"api":            {apiOutages, outageOf("api", "")},
		"api after POST": {append([]string{"401", "403", "404"}, apiOutages...), outageOf("api", "POST")},
		"record":         {[]string{"late"}, outageOf("record", "file")},
		"file":           {fileOutages(), outageOf("file", "file")},
		"next export": {[]string{"slow", "fails", "kept for two days", "lags", "response reset", "response silent", "body cut"}, func(y *year, e event) {
			switch e.How {
			case "slow":
				y.processing = e.For
			case "fails":
				y.fails = true
			case "kept for two days":
				y.retention = 48 * time.Hour
			case "lags":
				y.lag = e.For
			default:
				y.postFault = e.How
			}
		}},
		"purge": {[]string{"export"}, func(y *year, _ event) {
			if y.state.current == nil {
				return
			}
			if known := y.exports[y.read(y.state.current).id]; known != nil && !known.purged {
				known.purged = true
				y.apis[known.host].Remove(known.home, known.id)
				y.happened("purge")
			}
		}},
		"key": {[]string{"401", "403", "404", "rotated", "JWT", "API key"}, func(y *year, e event) {
			switch e.How {
			case "rotated":
				y.simulatedWorld.keys[y.settings.Key] = "401"
				y.newKey()
			case "JWT":
				y.settings.JWT = true
			case "API key":
				y.settings.JWT = false
			default:
				y.simulatedWorld.keys[y.credential()] = e.How
				bad := y.credential()
				time.AfterFunc(e.For, func() { delete(y.simulatedWorld.keys, bad) })
			}
			y.happened("key: %s", e.How)
		}},
		"organization": {[]string{"org_a", "org_b", ""}, func(y *year, e event) { y.settings.Organization = e.How }},
		"environment":  {[]string{"org_a", "org_b", ""}, func(y *year, e event) { y.settings.Environment = e.How }},
		"between plan and apply": {[]string{"org_a", "org_b", "", "sandbox"}, func(y *year, e event) {
			before := y.settings
			y.between = func() {
				if e.How == "sandbox" {
					y.settings.BaseURL = e.How
				} else {
					y.settings.Environment = e.How
				}
			}
			time.AfterFunc(e.For, func() { y.settings.BaseURL, y.settings.Environment = before.BaseURL, before.Environment })
		}},
		"base URL":              {[]string{"sandbox", ""}, func(y *year, e event) { y.settings.BaseURL = e.How }},
		"triggers":              {[]string{"", "{}", "2026-01", "2026-02"}, func(y *year, e event) { y.settings.Month = e.How }},
		"rotate_after":          {[]string{"720h", "", "48h", "168h"}, func(y *year, e event) { y.settings.RotateAfter = e.How }},
		"replace_on_status":     {[]string{"", "{}", "failed", "expired", "expired,failed"}, func(y *year, e event) { y.settings.Replace = e.How }},
		"include_files":         {[]string{"", "false", "true"}, func(y *year, e event) { y.settings.Files = e.How }},
		"timeouts":              {[]string{"", "2m", "3h"}, func(y *year, e event) { y.settings.Timeout = e.How }},
		"wait_for_completion":   {[]string{"true", "false"}, func(y *year, e event) { y.settings.NoWait = e.How == "false" }},
		"create_before_destroy": {[]string{"true", "false"}, func(y *year, e event) { y.settings.CreateFirst = e.How == "true" }},
		"postcondition":         {[]string{"true", "false"}, func(y *year, e event) { y.settings.Postcondition = e.How == "true" }},
		"unknown": {[]string{
			"organization_id=", "organization_id=org_b", "triggers=", "triggers=2026-03", "rotate_after=", "rotate_after=24h",
			"replace_on_status=", "replace_on_status=expired,failed", "include_files=", "include_files=true",
		}, func(y *year, e event) {
			y.unknown, y.becomes, _ = strings.Cut(e.How, "=")
			y.happened("unknown: %s", e.How)
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
			y.happened("run: %s", e.How)
		}},
		// They come as soon as there is the opportunity.
		"killed":      {stopPoints, func(y *year, e event) { y.stop = &e }},
		"interrupted": {stopPoints, func(y *year, e event) { y.stop = &e }},
	}
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
	if value == "" {
		return
	}
	switch name {
	case "organization_id":
		s.Organization = value
	case "triggers":
		s.Month = value
	case "rotate_after":
		s.RotateAfter = value
	case "replace_on_status":
		s.Replace = value
	case "include_files":
		s.Files = value
	}
}

// stopPoints are when a process is killed or interrupted: at its first request, or
// some time after it began, while it plans or applies.
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

// reach stops a process at a request, if today has that.
func (y *year) reach(p *process, request *http.Request) {
	if y.stop == nil {
		return
	}
	post, reached := request.Method == http.MethodPost, false
	switch y.stop.How {
	case "plan":
		reached = p.walk == "plan"
	case "apply":
		reached = p.walk == "apply"
	case "before POST", "during POST":
		reached = post
	case "poll":
		reached = p.walk == "apply" && !post && len(y.approved.requested) > 0
	case "download":
		reached = strings.HasPrefix(request.URL.Host, "files")
	}
	if reached {
		p.stop(*y.stop)
		y.stop = nil
	}
}
