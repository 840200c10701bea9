package provider

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"testing/iotest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// simulatedWorld is what the provider reaches over the network: the API of two
// environments and its file host. It knows everything that happened.
type simulatedWorld struct {
	apis map[string]*rebillytest.API // by host
	// exports are all exports, by ID. An export of an organization that nobody
	// approved stays here as evidence.
	exports map[string]*export

	// outages change the responses for a time.
	outages []*outage
	// keys has the credentials that the API refuses.
	keys map[string]refusal
	// next is what happens to the next POST, and to the export that it requests.
	next map[string]event
	// alternate is true if a replica that lacks exports has the next turn.
	alternate bool
	// instant makes exports end with the response to their POST.
	instant bool
}

// refusal is how the API treats a credential for some time, or always if that is zero:
// it refuses it with 401 or 403, or, as a credential of another organization, with 404.
type refusal struct {
	how   string
	until time.Time
}

// export is what the world knows about an export.
type export struct {
	id, name, host string
	// organization is what the request named, and home where the export is.
	organization, home string
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

// build builds the APIs of the world.
func (y *year) build() {
	y.apis, y.exports = map[string]*rebillytest.API{}, map[string]*export{}
	for host, files := range map[string]string{liveHost: "files-live.example.com", sandboxHost: "files-sandbox.example.com"} {
		api := rebillytest.New()
		api.SetClock(y.serverTime)
		api.SetFileSize(1000)
		api.SetFilesURL("https://" + files)
		y.apis[host], y.apis[files] = api, api
	}
	y.calm()
}

// serverTime returns the time on Rebilly's clock.
func (y *year) serverTime() time.Time { return time.Now().Add(y.schedule.Skew) }

// calm makes everything work from now on.
func (y *year) calm() {
	y.outages, y.next = nil, map[string]event{}
	y.keys = map[string]refusal{foreignKey: {how: "404"}}
	for _, export := range y.exports {
		export.visible = time.Time{}
	}
}

// RoundTrip is the network of the process. A request may be the moment at which the
// process is killed or interrupted.
func (p *process) RoundTrip(request *http.Request) (*http.Response, error) {
	p.reach(p.walk)
	switch {
	case request.Method == http.MethodPost:
		p.reach("before POST")
	case strings.HasPrefix(request.URL.Host, "files"):
		p.reach("download")
	case p.walk == "apply" && len(p.year.approved.requested) > 0:
		p.reach("poll")
	}
	if p.killed.Load() {
		return nil, errRefused
	}
	folder, name := path.Split(request.URL.Path)
	if known := p.year.exports[name]; known != nil {
		name = known.name
	}
	response, err := p.send(request)
	if err != nil {
		p.year.trace("  %s %s%s%s: %s", request.Method, request.URL.Host, folder, name, err)

		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), iotest.ErrReader(cmp.Or(err, io.EOF))))
	observed := ""
	if response.StatusCode < http.StatusMultipleChoices {
		observed = p.observe(request, body)
	}
	p.year.trace("  %s %s%s%s: %d %s", request.Method, request.URL.Host, folder, name, response.StatusCode, observed)
	if response.StatusCode == http.StatusCreated {
		return p.afterPost(request, response)
	}

	return response, nil
}

// send sends the request to the API or the file host, as far as the network lets
// it.
func (p *process) send(request *http.Request) (*http.Response, error) {
	// The fake would keep a fault for the next request.
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	y, api := p.year, p.year.apis[request.URL.Host]
	if strings.Contains(request.URL.Host+request.URL.Path, "files") {
		y.beginOutages("file")
	}
	if strings.HasPrefix(request.URL.Host, "files") {
		if outage := y.disturbed("file"); outage != nil {
			api.FailFiles(fileFaults[outage.How])
		}

		return rebillytest.Transport(api.Files()).RoundTrip(request)
	}
	incoming := request.Clone(request.Context())
	outage, code := y.disturbed("api"), ""
	if outage == nil || outage.How == "hostile links" {
		// Only an export that the API returns has links.
		code = y.refuse(incoming)
	}
	switch {
	case code != "":
		api.Fail(problem(code))
	case outage == nil:
	case outage.How == "refused":
		return nil, errRefused
	case outage.How == "silent":
		return nil, errSilent(request)
	default:
		api.Fail(y.apiFault(outage, api, credentialOf(request)))
	}
	if request.Method == http.MethodPost {
		api.SetLifeCycle(y.lifeCycle()...)
	}
	// The fake knows one key. Which keys are valid is the world's decision.
	incoming.Header.Del("Authorization")
	incoming.Header.Set("REB-APIKEY", rebillytest.SecretKey)

	return rebillytest.Transport(api).RoundTrip(incoming)
}

// refused returns how the API refuses a credential now, or "".
func (y *year) refused(credential string) string {
	if refusal := y.keys[credential]; refusal.until.IsZero() || time.Now().Before(refusal.until) {
		return refusal.how
	}

	return ""
}

// refuse returns the status code with which the API refuses a request, or "". It sends
// a request for the default organization to that of the credential.
func (y *year) refuse(request *http.Request) string {
	if how := y.refused(credentialOf(request)); how == "404" && !strings.HasPrefix(request.URL.Path, "/organizations/") {
		request.URL.Path = "/organizations/" + foreignOrganization + request.URL.Path
	} else if how != "" {
		y.happened(event{Kind: "key", How: how})

		return how
	}
	if known := y.exports[path.Base(request.URL.Path)]; known != nil {
		if time.Now().Before(known.visible) {
			y.happened(event{Kind: "next export", How: "lags"})

			return "404"
		}
		outage := y.disturbed("replica")
		y.alternate = !y.alternate
		if outage != nil && (outage.How == "alternates" && y.alternate || outage.How != "alternates" && y.serverTime().Sub(known.created) < 50*time.Minute) {
			return "404"
		}
	}
	if strings.Contains(request.URL.Path, "/files/") && y.disturbed("record") != nil {
		return "404"
	}

	return ""
}

// credentialOf returns the key or the token of a request.
func credentialOf(request *http.Request) string {
	return request.Header.Get("REB-APIKEY") + strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
}

// lifeCycle returns the stages of the next export.
func (y *year) lifeCycle() []rebillytest.Stage {
	stages := []rebillytest.Stage{
		{Status: rebillytest.StatusQueued, Lasts: time.Minute},
		{Status: rebillytest.StatusProcessing, Lasts: cmp.Or(y.next["slow"].For, 4*time.Minute)},
	}
	if y.instant {
		stages = nil
	}
	if y.next["fails"].How != "" {
		return append(stages, rebillytest.Stage{Status: rebillytest.StatusFailed})
	}
	retention := 30 * 24 * time.Hour
	if y.next["kept for two days"].How != "" {
		retention = 48 * time.Hour
	}

	return append(stages, rebillytest.Stage{Status: rebillytest.StatusCompleted, Lasts: retention}, rebillytest.Stage{Status: rebillytest.StatusExpired})
}

// observe records what a successful response says, and returns a short form. It judges
// whether a new export had a reason.
func (p *process) observe(request *http.Request, body []byte) string {
	y := p.year
	var record struct{ ID, Status string }
	if json.Unmarshal(body, &record) != nil || record.Status == "" {
		return ""
	}
	if request.Method == http.MethodGet {
		if outage := y.disturbed("api"); outage != nil && outage.How != "hostile links" {
			return "refused by the provider"
		}
		if known := y.exports[record.ID]; known != nil {
			known.readBy[credentialOf(request)+"@"+request.URL.Host] = true
			known.lastReader = p
		}

		return record.Status
	}
	requested := &export{
		id: record.ID, name: fmt.Sprintf("export %d", len(y.exports)+1), host: request.URL.Host, home: rebillytest.DefaultOrganization,
		created: y.serverTime(), visible: time.Now().Add(y.next["lags"].For), readBy: map[string]bool{},
	}
	if elements := strings.Split(request.URL.Path, "/"); len(elements) > 3 {
		requested.organization, requested.home = elements[2], elements[2]
	} else if y.refused(credentialOf(request)) != "" {
		requested.home = foreignOrganization
	}
	y.exports[record.ID] = requested
	y.beginOutages("POST")
	p.reach("wait")
	var options struct{ IncludeFiles bool }
	sent, err := request.GetBody()
	y.violatedIf(err != nil || json.NewDecoder(sent).Decode(&options) != nil, "the body of the request cannot be read: %v", err)
	y.judgeRequest(requested, options.IncludeFiles)

	return requested.name + " " + record.Status
}

// afterPost loses the response of a POST, if the schedule says so.
func (p *process) afterPost(request *http.Request, response *http.Response) (*http.Response, error) {
	created, next := p.year.exports[path.Base(response.Header.Get("Location"))], p.year.next
	p.year.next = map[string]event{}
	for how, event := range next {
		if how != "lags" {
			p.year.happened(event)
		}
	}
	happens := func(how string) bool { return next[how].How != "" }
	p.reach("during POST")
	// As net/http does for a request that is canceled.
	if err := request.Context().Err(); err != nil && !p.killed.Load() {
		return nil, err
	}
	created.lost = p.killed.Load() || happens("response reset") || happens("response silent") || happens("response 504")
	switch {
	case p.killed.Load(), happens("response reset"):
		return nil, errReset
	case happens("response silent"):
		return nil, errSilent(request)
	case happens("response 504"):
		response.StatusCode, response.Status = http.StatusGatewayTimeout, "504 Gateway Timeout"
		response.Header, response.Body = http.Header{}, http.NoBody
	}
	if happens("body cut") {
		response.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"id":`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	}

	return response, nil
}

// status returns the true status of an export, now: "" if it was purged.
func (y *year) status(known *export) string {
	status, _ := y.apis[known.host].Export(known.home, known.id)["status"].(string)

	return status
}
