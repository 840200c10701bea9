package rebilly

import (
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestGetReturnsEveryFieldOfTheContract(t *testing.T) {
	t.Parallel()
	export, err := newTestClient(t, rebillytest.NewFor(t)).GetOrganizationExport(t.Context(), exportID)
	if err != nil {
		t.Fatal(err)
	}
	if len(export.Links) != 3 || !strings.Contains(*export.Links[2].Href, rebillytest.SignedLinkSecret) {
		t.Fatalf("the signed link is not the third of the links: %+v", export.Links)
	}
	export.Links[2].Href = nil
	want := &OrganizationExport{
		ID:            exportID,
		Status:        "completed",
		UserID:        new("usr_0YVCEENYJ3D7Q9EN6BN16HA0G4"),
		FileID:        new("file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"),
		CreatedTime:   new(Timestamp("2026-03-14T09:26:53Z")),
		UpdatedTime:   new(Timestamp("2026-03-14T09:36:53Z")),
		RetentionTime: new(Timestamp("2026-04-13T09:36:53Z")),
		Resources: []*ExportedResource{
			{Type: new("customers"), RecordCount: new(int64(1204))},
			{Type: new("invoices"), RecordCount: new(int64(9310))},
			{Type: new("transactions"), RecordCount: new(int64(48217))},
			{Type: new("users"), RecordCount: new(int64(12))},
		},
		Links: []*Link{
			{Rel: new("self"), Href: new("https://api.rebilly.com/organization-exports/" + exportID)},
			{Rel: new("user"), Href: new("https://api.rebilly.com/users/usr_0YVCEENYJ3D7Q9EN6BN16HA0G4")},
			{Rel: new("signedLink")},
		},
	}
	if difference := cmp.Diff(want, export); difference != "" {
		t.Errorf("the export differs (-want +got):\n%s", difference)
	}
}

func TestNullAndAbsentAreNilAndAnEmptyArrayIsEmpty(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body      string
		resources bool
	}{
		"null":         {body: `{"id":"x","status":"failed","userId":null,"fileId":null,"resources":null,"createdTime":null,"updatedTime":null,"retentionTime":null,"_links":null}`},
		"absent":       {body: `{"id":"x","status":"failed"}`},
		"empty arrays": {body: `{"id":"x","status":"failed","resources":[],"_links":[]}`, resources: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(rebillytest.JSON(test.body))
			export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "x")
			if err != nil {
				t.Fatal(err)
			}
			want := &OrganizationExport{ID: "x", Status: "failed"}
			if test.resources {
				want.Resources, want.Links = []*ExportedResource{}, []*Link{}
			}
			if difference := cmp.Diff(want, export); difference != "" {
				t.Errorf("the export differs (-want +got):\n%s", difference)
			}
		})
	}
}

func TestRecordCountsAreExactUpTo2To63Minus1(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.JSON(`{"id":"x","status":"completed","resources":[{"type":"customers","recordCount":9223372036854775807}]}`))
	export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if got := *export.Resources[0].RecordCount; got != math.MaxInt64 {
		t.Errorf("got %d", got)
	}
}

func TestUnknownEnumValuesPassThrough(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.JSON(`{"id":"x","status":"archived","resources":[{"type":"subscriptions"}],"_links":[{"rel":"audit"}],"new":1}`))
	export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if export.Status != "archived" || *export.Resources[0].Type != "subscriptions" || *export.Links[0].Rel != "audit" {
		t.Errorf("got %+v", export)
	}
}

func TestAnAnswerThatBreaksTheContractIsAnErrorThatSaysWhatCame(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, want string }{
		"empty body":           {``, "it is an empty body, and a JSON object was expected"},
		"null":                 {`null`, "it is a JSON null"},
		"array":                {`[{"id":"x"}]`, "it is a JSON array"},
		"string":               {`"https://files.example.com/` + rebillytest.SignedLinkSecret + `"`, "it is a JSON string"},
		"number":               {`17`, "it is a JSON number"},
		"boolean":              {`true`, "it is a JSON boolean"},
		"cut short":            {`{"id":"x","_links":[{"href":"https://files.example.com/` + rebillytest.SignedLinkSecret, "it is JSON that is malformed or cut short"},
		"two values":           {`{"id":"x","status":"failed"}{"id":"x","status":"failed"}`, "it is JSON that is malformed or cut short"},
		"invalid UTF-8":        {"{\"id\":\"x\",\"status\":\"\xff\"}", "its text is not valid UTF-8"},
		"no id":                {`{"status":"completed"}`, `its field "id" is missing`},
		"no status":            {`{"id":"x"}`, `its field "status" is missing`},
		"another id":           {`{"id":"y","status":"completed"}`, `it is the export "y", and "x" was asked for`},
		"number for a string":  {`{"id":"x","status":7}`, `its field "status" is not a string but: number`},
		"string for a count":   {`{"id":"x","status":"failed","resources":[{"recordCount":"7"}]}`, `its field "resources.recordCount" is not a whole number below 2^63 but: string`},
		"fraction for a count": {`{"id":"x","status":"failed","resources":[{"recordCount":1.5}]}`, `its field "resources.recordCount" is not a whole number below 2^63 but: number 1.5`},
		"count over 2^63-1":    {`{"id":"x","status":"failed","resources":[{"recordCount":9223372036854775808}]}`, `is not a whole number below 2^63 but: number 9223372036854775808`},
		"negative count":       {`{"id":"x","status":"failed","resources":[{"recordCount":-1}]}`, `its field "resources.recordCount" is negative in element 0`},
		"object for a list":    {`{"id":"x","status":"failed","resources":{}}`, `its field "resources" is not an array but: object`},
		"string for an object": {`{"id":"x","status":"failed","_links":["self"]}`, `its field "_links" is not an object but: string`},
		"null as a resource":   {`{"id":"x","status":"failed","resources":[null]}`, `its field "resources" has null as element 0`},
		"null as a link":       {`{"id":"x","status":"failed","_links":[null]}`, `its field "_links" has null as element 0`},
		"no time":              {`{"id":"x","status":"failed","createdTime":"yesterday"}`, `its field "createdTime" is no RFC 3339 time: "yesterday"`},
		"link for a time":      {`{"id":"x","status":"failed","updatedTime":"https://files.example.com/` + rebillytest.SignedLinkSecret + `"}`, `its field "updatedTime" is no RFC 3339 time: "https://files.example.com/***"`},
		"too large":            {`{"id":"` + strings.Repeat("x", maxBody) + `"}`, "larger than the limit of 10 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.JSON(test.body))
			export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "x")
			var unexpected *AnswerError
			if !errors.As(err, &unexpected) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want an AnswerError with %q", err, test.want)
			}
			if export != nil {
				t.Errorf("an export came with the error: %+v", export)
			}
			if sent := len(api.Requests()); sent != 1 {
				t.Errorf("%d requests were sent, want 1: no repetition mends a wrong answer", sent)
			}
			mustNotShow(t, "the error", err.Error())
		})
	}
}

func TestTheFirstCharactersOfABodyThatIsNoJSONAreShown(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.Answer(http.StatusOK, "text/html", "<html>\r\n\x1b[31m<a href=\"https://login.example.com/sso?token="+rebillytest.SignedLinkSecret+"\">"+rebillytest.SecretKey+"</a>"+strings.Repeat("x", 500)))
	_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "x")
	want := `it is text/html that begins with "<html> [31m<a href="https://login.example.com/***">***</a>xxx`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want %q", err, want)
	}
	if length := len(err.Error()); length > 400 {
		t.Errorf("the error is %d bytes long: %v", length, err)
	}
	mustNotShow(t, "the error", err.Error())
}

func TestIDsThatTheAPICannotHaveAreNotAsked(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", ".", "..", "a/b", "a b", "a?b", "a%2fb", "ä", strings.Repeat("x", 51)} {
		api := rebillytest.NewFor(t)
		if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), id); err == nil {
			t.Errorf("the id %q was accepted", id)
		}
		if sent := len(api.Requests()); sent != 0 {
			t.Errorf("%d requests were sent for the id %q", sent, id)
		}
	}
}

func TestEveryIDThatTheAPICanHaveIsOnePathSegment(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"x", "@~-._", "...", strings.Repeat("x", 50)} {
		api := rebillytest.NewFor(t)
		api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(id, rebillytest.Created))
		if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), id); err != nil {
			t.Errorf("the id %q: %v", id, err)
		}
		if got := api.Requests()[0].Path; got != "/organization-exports/"+id {
			t.Errorf("the id %q was asked for as %s", id, got)
		}
	}
}

func TestListReturnsAPageInTheAPIsOrderAndTheTotal(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	for _, id := range []string{"second", "third", "fourth"} {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(id, rebillytest.Created))
	}
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("waiting", rebillytest.Created))
	page, err := newTestClient(t, api).ListOrganizationExports(t.Context(), ListOptions{
		Filter: "status:completed",
		Query:  "usr_",
		Sort:   []string{"-status", "id"},
		Limit:  2,
		Offset: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if page.Total != 4 || len(page.Exports) != 2 || page.Exports[0].ID != exportID || page.Exports[1].ID != "second" {
		t.Errorf("got %+v", page)
	}
	if got, want := api.Requests()[0].Query, "filter=status%3Acompleted&limit=2&offset=1&q=usr_&sort=-status%2Cid"; got != want {
		t.Errorf("the query was %s, want %s", got, want)
	}
}

func TestListRefusesAnAnswerWithoutATotalOrWithABrokenExport(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, total, want string }{
		"no total":          {`[]`, "", "Pagination-Total is missing or no count"},
		"total no count":    {`[]`, "many", "Pagination-Total is missing or no count"},
		"negative total":    {`[]`, "-1", "Pagination-Total is missing or no count"},
		"object":            {`{}`, "1", "it is a JSON object, and a JSON array was expected"},
		"null as export":    {`[null]`, "1", "element 0: it is null, and an export was expected"},
		"export with no id": {`[{"id":"x","status":"queued"},{"status":"queued"}]`, "2", `element 1: its field "id" is missing`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
				if test.total != "" {
					w.Header().Set("Pagination-Total", test.total)
				}
				_, _ = w.Write([]byte(test.body))
			}))
			page, err := newTestClient(t, api).ListOrganizationExports(t.Context(), ListOptions{})
			if page != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v and %v, want an error with %q", page, err, test.want)
			}
		})
	}
}

func TestCreateRequestsAnExportAndReturnsIt(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	client := newTestClient(t, api)
	export, err := client.CreateOrganizationExport(t.Context(), CreateOptions{IncludeFiles: true})
	if err != nil {
		t.Fatal(err)
	}
	if export.Status != "queued" {
		t.Errorf("the status is %q", export.Status)
	}
	if got := api.Requests()[0].Body; got != `{"includeFiles":true}` {
		t.Errorf("the body was %s", got)
	}
	for _, want := range []string{"queued", "processing", "completed", "completed"} {
		read, err := client.GetOrganizationExport(t.Context(), export.ID)
		if err != nil {
			t.Fatal(err)
		}
		if read.Status != want {
			t.Errorf("the status is %q, want %q", read.Status, want)
		}
	}
}
