package rebilly

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestSignedLink_ofLinks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		links []*Link
		want  *string
	}{
		"no links":          {nil, nil},
		"no signed link":    {[]*Link{{Rel: new("self"), Href: new("a")}, {Href: new("b")}, {}}, nil},
		"signed link":       {[]*Link{{Href: new("a")}, {Rel: new("signedLink"), Href: new("https://b")}, {Rel: new("user"), Href: new("c")}}, new("https://b")},
		"signed link, null": {[]*Link{{Rel: new("signedLink")}}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			export := &OrganizationExport{Links: test.links}
			got, err := newTestClient(t, nil).SignedLink(export)
			if difference := cmp.Diff(test.want, got); difference != "" || err != nil {
				t.Errorf("the link differs (-want +got):\n%s\n%v", difference, err)
			}
			all, err := newTestClient(t, nil).ValidLinks(export)
			if difference := cmp.Diff(test.links, all); difference != "" || err != nil {
				t.Errorf("the links differ (-want +got):\n%s\n%v", difference, err)
			}
		})
	}
}

// Documented commands give a signed link to the configuration of curl, where a
// quotation mark or a newline would end the value.
func TestSignedLink_isHarmlessURL(t *testing.T) {
	t.Parallel()
	const path = "/" + rebillytest.SignedLinkSecret
	tests := map[string]struct {
		href, base string
		valid      bool
	}{
		"https":                        {"https://files.example.com" + path + "?a=b%2F&c='(d)'*;e,f:g@h!$+~#i", LiveBaseURL, true},
		"upper case and a port":        {"HTTPS://FILES.example.com:8443", LiveBaseURL, true},
		"IPv6":                         {"https://[2001:db8::1]:8443" + path, LiveBaseURL, true},
		"http, both loopback":          {"http://127.0.0.1:8080" + path, "http://localhost:8080", true},
		"http, IPv6, both loopback":    {"http://[::1]" + path, "http://[::1]:8080", true},
		"empty":                        {"", LiveBaseURL, false},
		"newline":                      {"https://files.example.com" + path + "\noutput = x", LiveBaseURL, false},
		"newline at the end":           {"https://files.example.com" + path + "\n", LiveBaseURL, false},
		"quotation mark":               {"https://files.example.com" + path + `"`, LiveBaseURL, false},
		"backslash":                    {`https://files.example.com\` + path, LiveBaseURL, false},
		"space":                        {"https://files.example.com" + path + " ", LiveBaseURL, false},
		"bidirectional override":       {"https://files.example.com" + path + "\u202e", LiveBaseURL, false},
		"letter of another script":     {"https://files.\u0435xample.com" + path, LiveBaseURL, false},
		"half an escape":               {"https://files.example.com" + path + "%2", LiveBaseURL, false},
		"braces":                       {"https://files.example.com/{a,b}" + path, LiveBaseURL, false},
		"range of curl":                {"https://files.example.com/[1-9]" + path, LiveBaseURL, false},
		"brackets in a query":          {"https://files.example.com/?a[]=1" + path, LiveBaseURL, false},
		"file":                         {"file:///etc/passwd", LiveBaseURL, false},
		"data of curl":                 {"@/etc/passwd", LiveBaseURL, false},
		"option of curl":               {"-o" + path, LiveBaseURL, false},
		"relative":                     {path, LiveBaseURL, false},
		"without a scheme":             {"//files.example.com" + path, LiveBaseURL, false},
		"opaque":                       {"https:files.example.com" + path, LiveBaseURL, false},
		"no host":                      {"https://" + path, LiveBaseURL, false},
		"port only":                    {"https://:443" + path, LiveBaseURL, false},
		"user name":                    {"https://user@files.example.com" + path, LiveBaseURL, false},
		"password":                     {"https://user:password@files.example.com" + path, LiveBaseURL, false},
		"http":                         {"http://files.example.com" + path, LiveBaseURL, false},
		"http, loopback link only":     {"http://127.0.0.1:8080" + path, LiveBaseURL, false},
		"http, loopback base URL only": {"http://files.example.com" + path, "http://127.0.0.1:8080", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			client := newTestClient(t, api, func(c *Config) { c.BaseURL = test.base })
			export := &OrganizationExport{Links: []*Link{{Rel: new("self"), Href: new("/x")}, {Rel: new("signedLink"), Href: &test.href}}}
			link, err := client.SignedLink(export)
			_, listErr := client.ValidLinks(export)
			if test.valid {
				if err != nil || listErr != nil || link == nil || *link != test.href {
					t.Errorf("got %v and %v, %v", link, err, listErr)
				}

				return
			}
			for _, err := range []error{err, listErr} {
				if _, invalid := errors.AsType[*InvalidResponseError](err); !invalid || !strings.Contains(err.Error(), `the field "href" of element 1 of its field "_links" is not`) {
					t.Errorf("got %v and %v, want an InvalidResponseError", link, err)

					continue
				}
				mustNotShow(t, "the error", err.Error())
			}
		})
	}
}

func TestValidLinks_ofOtherRelations(t *testing.T) {
	t.Parallel()
	for href, valid := range map[string]bool{
		"/organization-exports/x": true, "../users/1?a[]=b": true, "http://files.example.com/": true,
		"": false, "a b": false, "a\nb": false, "a\x1b[31m": false, `a"`: false, "%": false, "a\u200bb": false,
	} {
		for _, rel := range []*string{new("self"), nil, new("signedlink")} {
			_, err := newTestClient(t, nil).ValidLinks(&OrganizationExport{Links: []*Link{{Rel: rel, Href: &href}}})
			if (err == nil) != valid {
				t.Errorf("%q: got %v", href, err)
			}
		}
	}
	_, err := newTestClient(t, nil).ValidLinks(&OrganizationExport{Links: []*Link{{Rel: new("a\x1b[31m")}}})
	if err == nil || !strings.HasSuffix(err.Error(), `element 0 of its field "_links": its field "rel" has control or format characters`) {
		t.Errorf("got %v", err)
	}
}
