package demo

import "fmt"

// contentItems are the items of a tool's answer.
func contentItems(claims map[string]any) (list []map[string]any) {
	entries, _ := claims[claimDeepLinking+"content_items"].([]any)
	for _, entry := range entries {
		if item, ok := entry.(map[string]any); ok {
			list = append(list, item)
		}
	}
	return list
}

// readItem makes a link of an item. windows says whether the campus honours
// windows of their own.
func readItem(entry map[string]any, t tool, windows bool) content {
	item := content{
		Title: textOf(entry["title"]), Text: textOf(entry["text"]), URL: textOf(entry["url"]), ClientID: t.ClientID,
		Custom: map[string]string{},
	}
	if item.Title == "" {
		item.Title = t.Name
	}
	custom, _ := entry["custom"].(map[string]any)
	for name, value := range custom {
		item.Custom[name] = fmt.Sprint(value)
	}
	if _, ok := entry["window"].(map[string]any); ok && windows {
		item.Window = true
	}
	return item
}
