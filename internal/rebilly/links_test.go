package rebilly

import (
	"errors"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// Documented commands give a signed link to the configuration of curl, where a
// quotation mark or a newline would end the value.
func TestSignedLink_isHarmlessURL(t *testing.T) {
	t.Parallel()
	const (
		path     = "/" + rebillytest.SignedLinkSecret
		host     = "https://files.example.com"
		loopback = "http://127.0.0.1:8080"
	)
	tests := map[string]struct {
		valid bool
		hrefs []string
	}{
		LiveBaseURL: {valid: true, hrefs: []string{
			host + path + "?a=b%2F&c='(d)'*;e,f:g@h!$+~#i", "HTTPS://FILES.example.com:8443", "https://[2001:db8::1]:8443" + path,
		}},
		"http://localhost:8080": {valid: true, hrefs: []string{loopback + path, "http://[::1]" + path}},
		loopback:                {hrefs: []string{"http://files.example.com" + path}},
		SandboxBaseURL: {hrefs: []string{
			"",
			// Characters that no URL has, or that curl expands.
			host + path + "\noutput = x", host + path + "\n", host + path + `"`, host + `\` + path, host + path + " ", host + path + "\u202e",
			"https://files.\u0435xample.com" + path, host + path + "%2", host + "/{a,b}" + path, host + "/[1-9]" + path, host + "/?a[]=1" + path,
			// Other schemes, and options of curl.
			"file:///etc/passwd", "@/etc/passwd", "-o" + path, "http://files.example.com" + path, loopback + path,
			// URLs without a host, or with more than that.
			path, "//files.example.com" + path, "https:files.example.com" + path, "https://" + path, "https://:443" + path,
			"https://user@files.example.com" + path, "https://user:password@files.example.com" + path,
			host + "/" + strings.Repeat("x", maxLinkLength),
		}},
	}
	for base, test := range tests {
		client := newTestClient(t, nil, func(c *Config) { c.BaseURL = base })
		for _, href := range test.hrefs {
			export := &OrganizationExport{Links: []*Link{{Rel: new("self"), Href: new("/x")}, {Rel: new("signedLink"), Href: &href}}}
			link, err := client.SignedLink(export)
			_, listErr := client.ValidLinks(export)
			if test.valid {
				if err != nil || listErr != nil || link == nil || *link != href {
					t.Errorf("%q: got %v and %v, %v", href, link, err, listErr)
				}

				continue
			}
			for _, err := range []error{err, listErr} {
				if _, invalid := errors.AsType[*InvalidResponseError](err); !invalid || !strings.Contains(err.Error(), `the field "href" of element 1 of its field "_links" `) {
					t.Errorf("%q: got %v and %v, want an InvalidResponseError", href, link, err)

					continue
				}
				mustNotShow(t, "the error", err.Error())
			}
		}
	}
}

func TestValidLinks_ofOtherRelations(t *testing.T) {
	t.Parallel()
	for href, valid := range map[string]bool{
		"/organization-exports/x": true, "../users/1?a[]=b": true, "http://files.example.com/": true,
		"": false, "a b": false, "a\nb": false, "a\x1b[31m": false, `a"`: false, "%": false, "a\u200bb": false,
	} {
		for _, rel := range []*string{new("self"), nil, new("signedlink")} {
			export := &OrganizationExport{Links: []*Link{{Rel: rel, Href: &href}, {Rel: rel}}}
			_, err := newTestClient(t, nil).ValidLinks(export)
			link, linkErr := newTestClient(t, nil).SignedLink(export)
			if (err == nil) != valid || link != nil || linkErr != nil {
				t.Errorf("%q: got %v, and the signed link %v and %v", href, err, link, linkErr)
			}
		}
	}
	_, err := newTestClient(t, nil).ValidLinks(&OrganizationExport{Links: []*Link{{Rel: new("a\x1b[31m")}}})
	if err == nil || !strings.HasSuffix(err.Error(), `element 0 of its field "_links": its field "rel" has control or format characters`) {
		t.Errorf("got %v", err)
	}
}
