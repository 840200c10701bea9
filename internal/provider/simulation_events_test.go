package provider

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
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

// outage is a disturbance of the API ("api"), of its replicas ("replica"), of the
// records of files ("record") or of the file host ("file").
type outage struct {
	event

	on string
	// after is what begins it: "POST" or "file". It is empty after that.
	after    string
	from, to time.Time
}

// begin begins the outage some time from now.
func (o *outage) begin() {
	o.after, o.from = "", time.Now().Add(o.At)
	o.to = o.from.Add(o.For)
}

// beginOutages begins the outages that come after something.
func (y *year) beginOutages(after string) {
	for _, outage := range y.outages {
		if outage.after == after {
			outage.begin()
		}
	}
}

// disturbed returns how the requests to one part are disturbed now.
func (y *year) disturbed(on string) *outage {
	now := time.Now()
	for _, outage := range y.outages {
		if outage.on == on && outage.after == "" && !now.Before(outage.from) && now.Before(outage.to) {
			y.happened(outage.event)

			return outage
		}
	}

	return nil
}

var apiOutages = []string{
	"hostile status", "hostile ID", "hostile times", "hostile links", "hostile size",

	"refused", "reset", "silent", "cut body", "408", "425", "429", "429 with X-RateLimit-Retry-After", "429 with seconds", "429 with a date",
	"500", "502", "503", "503 with seconds", "504", "520", "522", "524", "page with 200", "page with 404", "JSON with 404",
}

// apiFault returns the fault of an outage in which the API responds.
func (y *year) apiFault(outage *outage, api http.Handler, credential string) rebillytest.Fault {
	left := min(time.Until(outage.to), 40*time.Minute)
	retryAfter := func(status int, value string) rebillytest.Fault {
		return rebillytest.RespondWith(func(response http.ResponseWriter, _ *http.Request) {
			response.Header().Set("Retry-After", value)
			response.Header().Set("Content-Type", "text/plain")
			response.WriteHeader(status)
		})
	}
	switch status, err := strconv.Atoi(outage.How); {
	case strings.HasPrefix(outage.How, "hostile"):
		return hostile(outage.How, api, credential)
	case outage.How == "401", outage.How == "403":
		return problem(outage.How)
	case err == nil:
		return rebillytest.Respond(status, "text/plain", "unavailable")
	}

	return map[string]rebillytest.Fault{
		"reset":         rebillytest.Cut(),
		"cut body":      rebillytest.CutBody(),
		"page with 200": rebillytest.Respond(http.StatusOK, "text/html", "<html><body>Down for maintenance</body></html>"),
		"page with 404": rebillytest.NotFoundHTML(),
		"JSON with 404": rebillytest.NotFoundMessage(),

		"429 with X-RateLimit-Retry-After": rebillytest.RateLimited(y.serverTime().Add(left)),

		"429 with seconds": retryAfter(http.StatusTooManyRequests, strconv.Itoa(int(left.Seconds())+1)),
		"429 with a date":  retryAfter(http.StatusTooManyRequests, y.serverTime().Add(left).UTC().Format(http.TimeFormat)),
		"503 with seconds": retryAfter(http.StatusServiceUnavailable, "60"),
	}[outage.How]
}

// problem responds with problem details of the given status code.
func problem(code string) rebillytest.Fault {
	status, _ := strconv.Atoi(code)

	return rebillytest.Problem(status, http.StatusText(status), "Not for this credential, or not now.")
}

// hostile responds with a hostile export, or else with a hostile problem.
func hostile(how string, api http.Handler, credential string) rebillytest.Fault {
	text := credential + "\n::set-env name=PATH::\x1b[2J\u202e https://files.example.com/a?X-Amz-Signature=" + rebillytest.SignedLinkSecret
	changes := map[string]map[string]any{
		"hostile status": {"status": "completed" + text},
		"hostile ID":     {"id": text},
		"hostile times":  {"createdTime": text},
		"hostile links":  {"_links": []any{map[string]any{"rel": "signedLink", "href": "https://x/\"\noutput = \"/etc/passwd"}}},
		"hostile size":   {"resources": make([]struct{}, 2000)},
	}

	return rebillytest.RespondWith(func(response http.ResponseWriter, request *http.Request) {
		var export map[string]any
		if request.Method == http.MethodGet {
			recorded := httptest.NewRecorder()
			api.ServeHTTP(recorded, request)
			_ = json.Unmarshal(recorded.Body.Bytes(), &export)
		}
		if export["status"] == nil || export["id"] == nil {
			response.Header().Set("Content-Type", "application/problem+json")
			response.WriteHeader(http.StatusUnprocessableEntity)
			export = map[string]any{"title": text, "detail": text, "invalidFields": make([]struct{}, 2000)}
		} else {
			response.Header().Set("Content-Type", "application/json")
			maps.Copy(export, changes[how])
		}
		_ = json.NewEncoder(response).Encode(export)
	})
}

var fileFaults = map[string]rebillytest.FileFault{
	"link refused with 400": rebillytest.FileStatus(http.StatusBadRequest),
	"link refused with 401": rebillytest.FileStatus(http.StatusUnauthorized),
	"link refused with 403": rebillytest.FileStatus(http.StatusForbidden),
	"link refused with 410": rebillytest.FileStatus(http.StatusGone),
	"late":                  rebillytest.FileStatus(http.StatusNotFound),
	"short":                 rebillytest.ResizeFile(-100),
	"empty":                 rebillytest.ResizeFile(-1000),
	"cut halfway":           rebillytest.CutFileHalfway(),
	"corrupt":               rebillytest.CorruptFile(500),
	"503":                   rebillytest.FileStatus(http.StatusServiceUnavailable),
}

// Errors of connections.
var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// errSilent waits until the client gives up.
func errSilent(request *http.Request) error {
	select {
	case <-request.Context().Done():
	case <-request.Cancel: //nolint:staticcheck // It ends a POST.
	}

	return os.ErrDeadlineExceeded
}
