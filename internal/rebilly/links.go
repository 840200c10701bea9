package rebilly

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
)

// signedLink is the relation of the link that downloads the exported data.
const signedLink = "signedLink"

var (
	// urlPattern matches the characters of RFC 3986, section 2. Others do not only
	// make a link invalid: a quotation mark or a newline ends the value in the
	// configuration file of a program that downloads the link, such as curl.
	urlPattern = regexp.MustCompile(`^(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$`)
	// downloadPattern matches absolute URLs without user information. It allows
	// brackets around an IPv6 address only: curl expands those in a path to several
	// URLs.
	downloadPattern = regexp.MustCompile(`^(?i:https?)://(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]+)(?::[0-9]+)?(?:[/?#][^\[\]]*)?$`)
)

// maxLinkLength is the limit for a link, in bytes.
const maxLinkLength = 8 << 10

// SignedLink returns the signed link of export, or nil if it has none. The error is
// an *InvalidResponseError: the link is not an absolute https URL without user
// information. If the client's base URL has a loopback address, the link may be an
// http URL with one, too.
func (c *Client) SignedLink(export *OrganizationExport) (*string, error) {
	for i, link := range export.Links {
		if link.Rel != nil && *link.Rel == signedLink {
			if err := c.validateLink(i, link); err != nil {
				return nil, err
			}

			return link.Href, nil
		}
	}

	return nil, nil //nolint:nilnil // An export without a signed link is no error.
}

// ValidLinks returns the links of export. The error is an *InvalidResponseError: a
// signed link is invalid (see SignedLink), or another one has characters that no
// URL has.
func (c *Client) ValidLinks(export *OrganizationExport) ([]*Link, error) {
	for i, link := range export.Links {
		if err := c.validateLink(i, link); err != nil {
			return nil, err
		}
	}

	return export.Links, nil
}

func (c *Client) validateLink(index int, link *Link) error {
	if err := validateText("rel", link.Rel); err != nil {
		return c.invalid(fmt.Errorf(`element %d of its field "_links": %w`, index, err))
	}
	if link.Href == nil {
		return nil
	}
	var err error
	switch {
	case len(*link.Href) > maxLinkLength:
		err = fmt.Errorf("has more than %d bytes", maxLinkLength)
	case link.Rel != nil && *link.Rel == signedLink:
		err = c.validateDownloadURL(*link.Href)
	case !urlPattern.MatchString(*link.Href):
		err = errors.New("is empty, or has characters that no URL has")
	}
	if err != nil {
		return c.invalid(fmt.Errorf(`the field "href" of element %d of its field "_links" %w`, index, err))
	}

	return nil
}

// validateDownloadURL returns an error, without the link, if link cannot be
// downloaded without harm.
func (c *Client) validateDownloadURL(link string) error {
	target, err := url.Parse(link)
	switch {
	case !urlPattern.MatchString(link) || !downloadPattern.MatchString(link) || err != nil || target.Hostname() == "":
		return errors.New("is not a valid https URL")
	case target.Scheme == "http" && (!isLoopback(target.Hostname()) || !isLoopback(c.base.Hostname())):
		return errors.New("is not encrypted (it is an http URL)")
	}

	return nil
}
