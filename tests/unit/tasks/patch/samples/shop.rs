use std::collections::HashMap;
use std::fmt;

/// What is sold.
#[derive(Debug, Clone)]
pub struct Item {
    pub name: String,
    pub price: i64,
}

pub enum Kind<'a> {
    Food(&'a str),
    Drink { strong: bool },
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} costs {}", self.name, self.price)
    }
}

pub fn total(items: &[Item]) -> Result<i64, String> {
    let mut sum = 0;
    for item in items {
        if item.price < 0 {
            return Err(format!("{item} (", item = item.name));
        } else {
            sum += item.price;
        }
    }
    Ok(sum)
}

pub fn by_name(items: Vec<Item>, most: usize) -> HashMap<String, Item> {
    let found: HashMap<_, _> = items
        .into_iter()
        .take(most)
        .map(|item| (item.name.clone(), item))
        .collect();
    match found.len() {
        0 => HashMap::new(),
        _ => found,
    }
}
