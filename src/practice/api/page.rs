//! Answers in pages. A token names the last item given, so that items which come and go between two
//! requests neither repeat the others nor hide them.

use super::ApiError;
use super::model::broken;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// Items on a page when nobody says.
pub(super) const USUAL: usize = 100;

/// What a paged input says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    next_token: Option<String>,
    max_results: Option<usize>,
}

impl Page {
    /// Refuses a page of what is asked for by name (`with`), as the service does.
    pub(super) fn refuse_with(&self, with: &str) -> Result<(), ApiError> {
        for (name, given) in
            [("nextToken", self.next_token.is_some()), ("maxResults", self.max_results.is_some())]
        {
            if given {
                return Err(broken(name, &format!("{name} must not be given with {with}")));
            }
        }
        Ok(())
    }

    /// The page of `items`, which are in the order of their keys, and the token of the next one.
    pub(super) fn of<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> String,
        usual: usize,
    ) -> Result<(Vec<T>, Option<String>), ApiError> {
        let after = match &self.next_token {
            None => None,
            Some(token) => Some(
                URL_SAFE_NO_PAD
                    .decode(token)
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .ok_or_else(|| broken("nextToken", "Invalid pagination token"))?,
            ),
        };
        let most = self.max_results.unwrap_or(usual);
        let mut rest = items.into_iter().filter(|item| after.as_ref().is_none_or(|after| key(item) > *after));
        let page: Vec<T> = rest.by_ref().take(most).collect();
        let more = rest.next().is_some();
        let next = page.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(key(last)));
        Ok((page, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(token: Option<String>, most: usize) -> Page {
        Page { next_token: token, max_results: Some(most) }
    }

    #[test]
    fn pages_cover_everything_once_even_when_items_go_between() {
        let items = ["a", "b", "c", "d"];
        let key = |item: &&str| (*item).to_owned();
        let (first, token) = page(None, 2).of(items, key, USUAL).unwrap();
        assert_eq!(first, ["a", "b"]);
        let (rest, token) = page(token, 2).of(["a", "c", "d"], key, USUAL).unwrap();
        assert_eq!((rest, token), (vec!["c", "d"], None));
        let error = page(Some("%".into()), 2).of(items, key, USUAL).unwrap_err();
        assert_eq!(error.kind, "InvalidParameterException");
    }
}
