package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"testing/iotest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// simulatedWorld is what the provider reaches over the network: the API of two
// environments and its file host. It knows everything that happened.
type simulatedWorld struct {
	year *year
	apis map[string]*rebillytest.API // by host
	// exports are all exports, by ID. An export of an organization that nobody
	// approved stays here as evidence.
	exports map[string]*export

	// outages change the responses for a time.
	outages []*outage
	// keys says how the API treats a credential.
	keys map[string]treatment
	// next is what happens to the next POST, and to the export that it requests.
	next map[string]event
	// alternate is true if a replica that lacks exports has the next turn.
	alternate bool
	// instant makes exports end with the response to their POST.
	instant bool
}

// treatment is how the API treats a credential for some time: it refuses it with
// 401 or 403, or, as a credential of another organization, with 404.
type treatment struct {
	how   string
	until time.Time
}

var never = time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC)

// export is what the world knows about an export.
type export struct {
	id, name, host string
	// organization is what the request named, and home where the export is.
	organization, home string
	settings           settings
	created            time.Time // on the server's clock
	visible            time.Time
	// readBy are the credentials, with their host, to which a GET returned it.
	readBy map[string]bool
	// lastReader is the last process to which a GET returned it.
	lastReader *process
	purged     bool
	// lost is true if nobody received the ID: the response was lost, or the
	// process was killed.
	lost bool
	// delivered is true if its file was downloaded, and compared.
	delivered bool
}

// The credential of another organization, and that organization.
const (
	foreignKey          = "sk_live_SECRET-KEY-FOREIGN"
	foreignOrganization = "org_foreign"
)

var (
	liveHost    = strings.TrimPrefix(rebilly.LiveBaseURL, "https://")
	sandboxHost = strings.TrimPrefix(rebilly.SandboxBaseURL, "https://")
)

func newWorld(y *year) *simulatedWorld {
	w := &simulatedWorld{year: y, apis: map[string]*rebillytest.API{}, exports: map[string]*export{}}
	for host, files := range map[string]string{liveHost: "files-live.example.com", sandboxHost: "files-sandbox.example.com"} {
		api := rebillytest.New()
		api.SetClock(w.serverTime)
		api.SetFileSize(1000)
		api.SetFilesURL("https://" + files)
		w.apis[host], w.apis[files] = api, api
	}
	w.calm()

	return w
}

// serverTime returns the time on Rebilly's clock.
func (w *simulatedWorld) serverTime() time.Time { return time.Now().Add(w.year.schedule.Skew) }

// calm makes everything work from now on.
func (w *simulatedWorld) calm() {
	w.outages, w.next = nil, map[string]event{}
	w.keys = map[string]treatment{foreignKey: {how: "404", until: never}}
	for _, export := range w.exports {
		export.visible = time.Time{}
	}
}

// wire is the network of one process.
type wire struct {
	*simulatedWorld

	process *process
}

func (w wire) RoundTrip(request *http.Request) (*http.Response, error) {
	post := request.Method == http.MethodPost
	if w.process.dead(request) {
		return nil, errRefused("the process was killed")
	}
	response, err := w.send(request)
	var outcome string
	if err != nil {
		outcome = err.Error()
	} else {
		outcome = strconv.Itoa(response.StatusCode)
		body, _ := io.ReadAll(response.Body)
		response.Body = io.NopCloser(bytes.NewReader(body))
		if response.StatusCode < http.StatusMultipleChoices {
			outcome += w.observe(request, body)
		}
	}
	w.year.trace("  %s %s: %s", request.Method, w.shorten(request), outcome)
	if post {
		return w.afterPost(request, response, err)
	}

	return response, err
}

// send sends the request to the API or the file host, as far as the network lets
// it.
func (w wire) send(request *http.Request) (*http.Response, error) {
	// The fake would keep a fault for the next request.
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	api := w.apis[request.URL.Host]
	if strings.Contains(request.URL.Host+request.URL.Path, "files") {
		w.begin("file")
	}
	if strings.HasPrefix(request.URL.Host, "files") {
		if outage := w.disturbed("file"); outage != nil {
			api.FailFiles(fileFaults[outage.How])
		}

		return rebillytest.Transport(api.Files()).RoundTrip(request)
	}
	incoming := request.Clone(request.Context())
	if fault := w.apiFault(incoming); fault != nil {
		if fault.respond == nil {
			return nil, fault.err(request)
		}
		api.Fail(*fault.respond)
	}
	if request.Method == http.MethodPost {
		api.SetLifeCycle(w.lifeCycle()...)
	}
	// The fake knows one key. Which keys are valid is the world's decision.
	incoming.Header.Del("Authorization")
	incoming.Header.Set("REB-APIKEY", rebillytest.SecretKey)

	return rebillytest.Transport(api).RoundTrip(incoming)
}

// treatment returns how the API treats a credential now: "" accepts it.
func (w *simulatedWorld) treatment(credential string) string {
	if treatment := w.keys[credential]; time.Now().Before(treatment.until) {
		return treatment.how
	}

	return ""
}

// apiFault returns what replaces the API's response, or nil.
func (w wire) apiFault(request *http.Request) *disturbance {
	api := w.disturbed("api")
	if api != nil && api.How != "hostile links" {
		return w.apiFaultOf(request, api)
	}
	if how := w.treatment(credentialOf(request)); how == "404" && !strings.HasPrefix(request.URL.Path, "/organizations/") {
		// A foreign credential has another default organization.
		request.URL.Path = "/organizations/" + foreignOrganization + request.URL.Path
	} else if how != "" {
		w.year.happened(event{Kind: "key", How: how})

		return problem(how)
	}
	if export := w.exports[path.Base(request.URL.Path)]; export != nil && time.Now().Before(export.visible) {
		w.year.happened(event{Kind: "next export", How: "lags"})

		return problem("404")
	}
	if export := w.exports[path.Base(request.URL.Path)]; export != nil {
		outage := w.disturbed("replica")
		w.alternate = !w.alternate
		if outage != nil && (w.alternate || outage.How == "lacks new exports") && (outage.How == "alternates" || w.serverTime().Sub(export.created) < 50*time.Minute) {
			return problem("404")
		}
	}
	if outage := w.disturbed("record"); outage != nil && strings.Contains(request.URL.Path, "/files/") {
		return problem("404")
	}
	if api != nil {
		// Only an export that the API returns has links.
		return w.apiFaultOf(request, api)
	}

	return nil
}

// credentialOf returns the key or the token of a request.
func credentialOf(request *http.Request) string {
	return request.Header.Get("REB-APIKEY") + strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
}

// lifeCycle returns the stages of the next export.
func (w *simulatedWorld) lifeCycle() []rebillytest.Stage {
	processing, retention := 4*time.Minute, 30*24*time.Hour
	if slow, ok := w.next["slow"]; ok {
		processing = slow.For
	}
	if _, ok := w.next["kept for two days"]; ok {
		retention = 48 * time.Hour
	}
	stages := []rebillytest.Stage{
		{Status: rebillytest.StatusQueued, Lasts: time.Minute},
		{Status: rebillytest.StatusProcessing, Lasts: processing},
	}
	if w.instant {
		stages = nil
	}
	if _, ok := w.next["fails"]; ok {
		return append(stages, rebillytest.Stage{Status: rebillytest.StatusFailed})
	}

	return append(stages,
		rebillytest.Stage{Status: rebillytest.StatusCompleted, Lasts: retention},
		rebillytest.Stage{Status: rebillytest.StatusExpired})
}

// observe records what a successful response says, and returns a short form.
func (w wire) observe(request *http.Request, body []byte) string {
	var record struct{ ID, Status string }
	if json.Unmarshal(body, &record) != nil || record.Status == "" {
		return ""
	}
	if request.Method == http.MethodPost {
		w.requested(request, record.ID)
	} else if outage := w.disturbed("api"); outage != nil && outage.How != "hostile links" {
		// The provider refuses the response.
		return " refused"
	} else if known := w.exports[record.ID]; known != nil {
		known.readBy[credentialOf(request)+"@"+request.URL.Host] = true
		known.lastReader = w.process
	}

	return " " + w.nameOf(record.ID) + " " + record.Status
}

// requested records a new export, and judges whether it had a reason.
func (w wire) requested(request *http.Request, id string) {
	organization, home := "", rebillytest.DefaultOrganization
	if elements := strings.Split(request.URL.Path, "/"); len(elements) > 3 {
		organization, home = elements[2], elements[2]
	} else if w.treatment(credentialOf(request)) != "" {
		home = foreignOrganization
	}
	w.exports[id] = &export{
		id: id, name: fmt.Sprintf("export %d", len(w.exports)+1), host: request.URL.Host, organization: organization, home: home,
		settings: w.year.settings, created: w.serverTime(), visible: time.Now().Add(w.next["lags"].For), readBy: map[string]bool{},
	}
	w.begin("POST")
	w.year.stopWait(w.process)
	var options struct{ IncludeFiles bool }
	if body, err := request.GetBody(); err != nil || json.NewDecoder(body).Decode(&options) != nil {
		w.year.violated("the body of the request cannot be read: %v", err)
	}
	w.year.judgeRequest(w.exports[id], options.IncludeFiles)
}

// afterPost loses the response of a POST, if the schedule says so.
func (w wire) afterPost(request *http.Request, response *http.Response, err error) (*http.Response, error) {
	if err != nil || response.StatusCode != http.StatusCreated {
		return response, err
	}
	created := w.exports[path.Base(response.Header.Get("Location"))]
	next := w.next
	w.next = map[string]event{}
	for how, event := range next {
		if how != "lags" {
			w.year.happened(event)
		}
	}
	w.year.reach(w.process, "during POST")
	if w.process.killed.Load() {
		created.lost = true

		return nil, errReset()
	}
	// As net/http does for a request that is canceled.
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	if _, ok := next["response reset"]; ok {
		created.lost = true

		return nil, errReset()
	}
	if _, ok := next["response silent"]; ok {
		created.lost = true

		return nil, errSilent(request)
	}
	if _, ok := next["response 504"]; ok {
		created.lost = true
		response.StatusCode, response.Status = http.StatusGatewayTimeout, "504 Gateway Timeout"
		response.Header, response.Body = http.Header{}, http.NoBody
	}
	if _, ok := next["body cut"]; ok {
		response.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"id":`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	}

	return response, nil
}

// nameOf returns the short name of an export.
func (w *simulatedWorld) nameOf(id string) string {
	if known := w.exports[id]; known != nil {
		return known.name
	}

	return id
}

// shorten returns the path of a request with short names.
func (w *simulatedWorld) shorten(request *http.Request) string {
	if strings.HasPrefix(request.URL.Host, "files") {
		return "file"
	}
	shown := request.URL.Path
	for id, export := range w.exports {
		shown = strings.ReplaceAll(shown, id, export.name)
	}
	if request.URL.Host == sandboxHost {
		shown = "sandbox" + shown
	}

	return shown
}

// status returns the true status of an export, now: "" if it was purged.
func (w *simulatedWorld) status(known *export) string {
	status, _ := w.apis[known.host].Export(known.home, known.id)["status"].(string)

	return status
}
