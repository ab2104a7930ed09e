//! The part of navig that knows places and signs, and the contract by which tools speak to the rest.
//!
//! A [`tool::Tool`] takes typed arguments and returns an [`tool::Answer`]: a text that a language model can
//! read, and [`evidence::Finding`]s that the Guesser can weigh. This crate holds no model, no web client and
//! no command line, so that a tool author compiles little and a tool test runs in a second.
//!
//! - [`geo`]: points, areas, the embedded gazetteer, country outlines, the Chain of Region
//! - [`places`]: the tool that asks the gazetteer for a name
//! - [`osm`]: local OpenStreetMap extracts, indexed and searched
//! - [`guidebook`]: what people have written about how places look, and what experts said of pictures
//! - [`described`]: what a description says outright
//! - [`signs`]: what words, numbers and scripts on signs say about a place
//! - [`clue`], [`evidence`], [`tool`]: the words that all tools share

pub mod clue;
pub mod described;
pub mod evidence;
pub mod geo;
pub mod guidebook;
mod map_memory;
pub mod osm;
pub mod places;
pub mod signs;
pub mod tool;

use std::sync::Arc;

/// The registry of the tools that navig carries with it: the gazetteer, the sign rules, the tools of maps and those of
/// guidebooks. Without maps, or without traces, the tools that need them are there and say how to get some.
///
/// # Errors
/// [`tool::ToolError::Twice`] when two tools share a name, which a test rules out.
pub fn builtin(maps: Arc<osm::Maps>, library: Arc<guidebook::Library>) -> Result<tool::Registry, tool::ToolError> {
    let mut registry = tool::Registry::default();
    registry.add(places::FindPlaces)?;
    registry.add(signs::ReadSigns)?;
    registry.add(described::ReadDescriptions)?;
    registry.add(guidebook::FindGuidebook(library.clone()))?;
    registry.add(guidebook::FindTraces(library))?;
    registry.add(osm::tools::FindNames(maps.clone()))?;
    registry.add(osm::tools::FindTogether(maps.clone()))?;
    registry.add(osm::tools::FindCrossing(maps.clone()))?;
    registry.add(osm::tools::LooksAround(maps.clone()))?;
    registry.add(osm::tools::FindRegions(maps))?;
    Ok(registry)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_built_in_tools_have_different_names_and_schemas() {
        let tools = crate::builtin(Default::default(), Default::default()).expect("different names").list();
        let names: Vec<_> = tools.iter().map(|t| t.spec.name).collect();
        assert_eq!(
            names,
            [
                "description.read",
                "gazetteer.find",
                "guidebook.find",
                "osm.around",
                "osm.crossing",
                "osm.find",
                "osm.region",
                "osm.together",
                "signs.read",
                "traces.find"
            ]
        );
    }
}
